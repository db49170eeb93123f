package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// maxInput bounds what --input reads.
const maxInput = 64 << 20

// readInput reads the inputs of a run: JSON, @FILE or - for standard input.
func (a *app) readInput(arg string) (flow.Value, error) {
	text := []byte(arg)
	var err error
	switch {
	case arg == "-":
		text, err = readAll(a.in)
	case strings.HasPrefix(arg, "@"):
		text, err = readWhole(arg[1:])
	}
	if err != nil {
		return flow.Value{}, usagef("--input: %v", err)
	}
	v, err := flow.ParseJSON(text, flow.JSONLimits{})
	if err != nil {
		return flow.Value{}, usagef("--input: %v", err)
	}
	if v.Kind() != flow.KindObject {
		return flow.Value{}, usagef("--input: want a JSON object, got %s", v.Kind())
	}
	return v, nil
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(b) > maxInput {
		err = errors.New("more than " + strconv.Itoa(maxInput) + " bytes")
	}
	return b, err
}

func readWhole(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

// bindRun gives the run its secrets and config values.
func bindRun(run *engine.Run, m *flow.Manifest, f runFlags) error {
	run.Secrets = map[string]flow.Value{}
	for _, s := range f.secrets {
		name, from, ok := strings.Cut(s, "=")
		file, isFile := strings.CutPrefix(from, "@")
		if !ok || !isFile {
			return usagef("--secret takes NAME=@FILE: a secret on the command line would show in process lists")
		}
		if _, twice := run.Secrets[name]; twice {
			return usagef("--secret %s is given twice", name)
		}
		text, err := readWhole(file)
		if err != nil {
			return usagef("--secret %s: %v", name, err)
		}
		hosts, ok := secretHosts(m, name)
		if !ok {
			return usagef("--secret %s: the connector declares no such secret", name)
		}
		run.Secrets[name] = flow.NewSecret(name, strings.TrimRight(string(text), "\r\n"), append(hosts, f.allowHosts...)...)
	}
	run.Config = map[string]flow.Value{}
	for _, s := range f.config {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			return usagef("--set takes NAME=VALUE, not %q", s)
		}
		if _, twice := run.Config[name]; twice {
			return usagef("--set %s is given twice", name)
		}
		v, err := configValue(m, name, text)
		if err != nil {
			return err
		}
		run.Config[name] = v
	}
	return nil
}

func secretHosts(m *flow.Manifest, name string) ([]string, bool) {
	for _, s := range m.Secrets {
		if s.Key == name {
			return append([]string(nil), s.Hosts...), true
		}
	}
	return nil, false
}

func configValue(m *flow.Manifest, name, text string) (flow.Value, error) {
	for i := range m.Config {
		if m.Config[i].Key != name {
			continue
		}
		v := flow.Text(text)
		if t := m.Config[i].Type; !t.Is(flow.BaseText) {
			if parsed, err := flow.ParseJSON([]byte(text), flow.JSONLimits{}); err == nil {
				v = parsed
			}
		}
		v, err := flow.Convert(v, m.Config[i].Type)
		if err != nil {
			return flow.Value{}, usagef("--set %s: %v", name, err)
		}
		return v, nil
	}
	return flow.Value{}, usagef("--set %s: the connector declares no such config value", name)
}

// limitNames are what --limit calls the limits, in the order of engine.Limits.Table.
var limitNames = []string{
	"fuel", "wall", "memory", "value", "depth", "calls", "http_calls", "http_bytes", "file_bytes", "trace", "concurrency",
}

// limitField returns the field of l that --limit calls name, or nil.
func limitField(l *engine.Limits, name string) *int64 {
	switch name {
	case "fuel":
		return &l.Fuel
	case "wall":
		return (*int64)(&l.Wall)
	case "memory":
		return &l.Memory
	case "value":
		return &l.Value
	case "depth":
		return &l.Depth
	case "calls":
		return &l.Calls
	case "http_calls":
		return &l.HTTPCalls
	case "http_bytes":
		return &l.HTTPBytes
	case "file_bytes":
		return &l.FileBytes
	case "trace":
		return &l.Trace
	case "concurrency":
		return &l.Concurrency
	}
	return nil
}

// parseLimits reads --limit flags: name=value, several separated by commas.
func parseLimits(flags []string) (engine.Limits, error) {
	var l engine.Limits
	for _, one := range strings.Split(strings.Join(flags, ","), ",") {
		if one == "" {
			continue
		}
		name, text, ok := strings.Cut(one, "=")
		if !ok {
			return l, usagef("--limit takes name=value, not %q", one)
		}
		field := limitField(&l, name)
		if field == nil {
			return l, usagef("--limit %s: no such limit; there are %s", one, strings.Join(limitNames, ", "))
		}
		n, err := quantity(name, text)
		if err == nil && n <= 0 {
			err = errors.New("must be above 0")
		}
		if err != nil {
			return l, usagef("--limit %s: %v", one, err)
		}
		*field = n
	}
	return l, nil
}

// quantity reads a number, a number of bytes with a unit, or for wall a duration.
func quantity(name, text string) (int64, error) {
	if name == "wall" {
		d, err := time.ParseDuration(text)
		return int64(d), err
	}
	unit := int64(1)
	if name == "memory" || name == "value" || name == "http_bytes" || name == "file_bytes" || name == "trace" {
		for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
			if rest, ok := strings.CutSuffix(text, suffix); ok {
				text, unit = rest, factor
				break
			}
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("not a whole number with a unit that fits")
	}
	if n > (1<<62)/unit {
		return 0, errors.New("too large")
	}
	return n * unit, nil
}
