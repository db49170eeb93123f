package guest

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Bounds of the manifest's lists.
const (
	maxFlows  = 1000
	maxFields = MaxParams - 1 // inputs of a flow: parameters without trace
	maxCards  = MaxImports
	maxHosts  = 256
	maxNamed  = 256 // secrets, config values
)

// readManifest decodes the manifest and checks that it is sane by itself.
func (v *verifier) readManifest() error {
	m := &flow.Manifest{}
	if err := v.readMeta(SectionManifest, MaxManifest, m); err != nil {
		return err
	}
	v.m.Manifest = m
	c := &manifestChecker{}
	c.manifest(m)
	if c.what != "" {
		return flow.Errorf(flow.CodeModuleManifest, "section %s: %s", SectionManifest, c.what)
	}
	return nil
}

// manifestChecker remembers the first thing that is wrong.
type manifestChecker struct{ what string }

// require notes what unless ok. what is made of the pieces of path and says
// where, the last piece what is wrong.
func (c *manifestChecker) require(ok bool, path ...string) {
	if !ok && c.what == "" {
		c.what = strings.Join(path, ": ")
	}
}

func (c *manifestChecker) manifest(m *flow.Manifest) {
	c.require(m.ABI == ABI, "abi is missing")
	c.require(validName(m.Key), "key", flow.Excerpt(m.Key))
	c.require(validHex(m.Source, 64), "source is not a SHA-256")
	c.require(m.Name != "" && shortTexts(m.Name, m.Version, m.Description, m.Compiler), "name, version, description or compiler")
	c.require(len(m.Flows) <= maxFlows && len(m.Cards) <= maxCards && len(m.Hosts) <= maxHosts && len(m.Secrets) <= maxNamed,
		"more flows, cards, hosts or secrets than a module can have")

	flows := map[string]bool{}
	for i := range m.Flows {
		f := &m.Flows[i]
		where := "flow " + flow.Excerpt(f.Key)
		c.require(validName(f.Key), where, "the key has other characters than letters, digits, '_', '-' and '.'")
		c.require(!flows[f.Key], where, "it stands twice")
		flows[f.Key] = true
		c.flow(where, f)
	}
	cards := map[flow.CardUse]bool{}
	for _, u := range m.Cards {
		where := "card " + flow.Excerpt(u.Key)
		family, name, dotted := strings.Cut(u.Key, ".")
		c.require(dotted && validName(family) && validName(name) && !strings.Contains(name, "."), where, "not a card key")
		c.require(u.Version >= 1, where, "the version is below 1")
		c.require(validEffect(u.Effect), where, "no such effect")
		c.require(validHex(u.Digest, 32), where, "the digest is malformed")
		id := flow.CardUse{Key: u.Key, Version: u.Version}
		c.require(!cards[id], where, "it stands twice")
		cards[id] = true
	}
	c.hosts("hosts", m.Hosts)
	secrets := map[string]bool{}
	for _, s := range m.Secrets {
		where := "secret " + flow.Excerpt(s.Key)
		c.require(validName(s.Key) && shortTexts(s.Label), where, "the key or label is malformed")
		c.require(!secrets[s.Key], where, "it stands twice")
		secrets[s.Key] = true
		c.hosts(where, s.Hosts)
	}
	c.fields("config", m.Config, maxNamed)
	c.settings(m)
	c.externals(m)
}

func (c *manifestChecker) flow(where string, f *flow.FlowInfo) {
	c.require(shortTexts(f.Name, f.Description), where, "the name or description is too long")
	c.require(slices.Contains(flow.FlowTypes(), f.Type), where, "there is no such type of flow")
	c.require(validEffect(f.Effect), where, "no such effect")
	c.require(f.CostMin >= 0 && (f.CostMax == -1 || f.CostMax >= f.CostMin), where, "the costs are no range")
	c.fields(where, f.In, maxFields)
	c.fields(where, f.Options, maxFields)
	for i := range f.Options {
		c.require(f.Options[i].Type.Is(flow.BaseText), where, "option "+flow.Excerpt(f.Options[i].Key), "it is no text")
	}
	c.fields(where, f.Out, maxFields)
	c.fields(where, f.Record, maxFields)
	if w := f.Webhook; w != nil {
		c.dynamic(where, w.Register)
		c.dynamic(where, w.Deregister)
	}
}

func (c *manifestChecker) fields(where string, fields []flow.FieldInfo, limit int) {
	c.require(len(fields) <= limit, where, "too many fields")
	seen := map[[2]string]bool{}
	for i := range fields {
		f := &fields[i]
		id := [2]string{f.Group, f.Key}
		c.require(f.Key != "" && len(f.Key) <= MaxKey && len(f.Group) <= MaxKey, where, "a field has no key or one that is too long")
		c.require(!seen[id], where, "field "+flow.Excerpt(f.Key), "it stands twice")
		seen[id] = true
		c.require(shortTexts(f.Label, f.Doc), where, "field "+flow.Excerpt(f.Key), "the label or doc is too long")
		c.face(where, f, limit)
		if f.Default != nil {
			_, err := flow.Convert(*f.Default, f.Type)
			c.require(err == nil, where, "field "+flow.Excerpt(f.Key), "the default is of another type")
		}
	}
}

// hosts checks the form alone; policy is the egress client's.
func (c *manifestChecker) hosts(where string, hosts []string) {
	c.require(len(hosts) <= maxHosts, where, "too many hosts")
	seen := map[string]bool{}
	for _, h := range hosts {
		text := hostHole.ReplaceAllString(h, "x")
		plain := h != "" && len(h) <= 260 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-.:[]_") == ""
		c.require(plain, where, "host "+flow.Excerpt(h), "not a plain host name in lower case")
		c.require(!seen[h], where, "host "+flow.Excerpt(h), "it stands twice")
		seen[h] = true
	}
}

// validName reports whether s can be a key: letters, digits, '_', '-' and '.',
// at most MaxKey of them.
func validName(s string) bool {
	if s == "" || len(s) > MaxKey {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func validEffect(s string) bool {
	return s == flow.Pure.String() || s == flow.Reads.String() || s == flow.Writes.String()
}

func validHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// shortTexts reports whether no text exceeds MaxText.
func shortTexts(texts ...string) bool {
	for _, s := range texts {
		if len(s) > MaxText {
			return false
		}
	}
	return true
}

// compareImports requires that the manifest lists every card that is imported.
func (v *verifier) compareImports() error {
	type use struct {
		key     string
		version int
	}
	listed := map[use]bool{}
	for _, u := range v.m.Manifest.Cards {
		listed[use{u.Key, u.Version}] = true
	}
	for _, im := range v.m.Imports {
		c := im.Card
		if c != nil && c.External {
			if c.ExternalCard(v.m.Manifest) == nil {
				return flow.Errorf(flow.CodeModuleProfile, "import section: card %s of another connector is not in the manifest", flow.Excerpt(c.Key()))
			}
			continue
		}
		if c != nil && !listed[use{c.Key(), c.Version}] {
			return flow.Errorf(flow.CodeModuleProfile, "import section: card %s, version %d, is not in the manifest",
				flow.Excerpt(c.Key()), c.Version)
		}
	}
	return nil
}

// compareExports requires that the exported functions are the manifest's flows
// and the loops, with their types, and nothing else.
func (v *verifier) compareExports() error {
	bad := func(at int, format, name string) error {
		return flow.Errorf(flow.CodeModuleProfile, "export section, byte %d: "+format, at, flow.Excerpt(name))
	}
	flows := make(map[string]*flow.FlowInfo, len(v.m.Manifest.Flows))
	for i := range v.m.Manifest.Flows {
		f := &v.m.Manifest.Flows[i]
		flows[FlowExport(f.Key)] = f
	}
	loops := 0
	for _, e := range v.exports {
		want := loopSignature
		if f := flows[e.name]; f != nil {
			want = FlowSignature(f)
		} else if strings.HasPrefix(e.name, "flow:") {
			return bad(e.at, "%s is not a flow of the manifest", e.name)
		} else if strings.HasPrefix(e.name, "loop:") {
			loops++
		} else {
			return bad(e.at, "%s is neither a flow nor a loop", e.name)
		}
		if !want.equal(e.sig) {
			return bad(e.at, "%s has another type", e.name)
		}
	}
	// So many loops with all numbers below that many: each exactly once.
	for n := range loops {
		if _, ok := v.m.Exports[LoopExport(n)]; !ok {
			return flow.Errorf(flow.CodeModuleProfile, "export section: %d loops, but none is %s", loops, LoopExport(n))
		}
	}
	for i := range v.m.Manifest.Flows {
		name := FlowExport(v.m.Manifest.Flows[i].Key)
		if _, ok := v.m.Exports[name]; !ok {
			return flow.Errorf(flow.CodeModuleManifest, "export section: the manifest's flow %s is not exported", flow.Excerpt(name))
		}
	}
	return nil
}
