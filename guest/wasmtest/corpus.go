package wasmtest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Case is one file of testdata/hostile: lines "key: value", comments behind '#'.
//
//	verify: module.profile    what guest.Verify says: a code, or ok
//	run: limit.fuel           what a run of the flow "main" says, where verify is ok: a code, or ok
//	says: no fuel sequence    a part of the error's message
//	generate: call-bomb 1     a generator and its argument (Generate)
//	hex: 0061736d…            or the module itself
type Case struct {
	Name   string // of the file, without extension
	Verify string
	Run    string
	Says   string
	// Wasm returns the module. Generated ones, of up to some MiB, are made at every
	// call, so that a test holds one of them at a time. It is nil where there is no
	// such generator.
	Wasm func() []byte
}

// Corpus reads the cases of a directory in the order of their names.
func Corpus(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var cases []Case
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := parseCase(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		c.Name = strings.TrimSuffix(filepath.Base(file), ".txt")
		cases = append(cases, c)
	}
	return cases, nil
}

func parseCase(data string) (Case, error) {
	var c Case
	made := false
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "verify":
			c.Verify = value
		case "run":
			c.Run = value
		case "says":
			c.Says = value
		case "generate":
			name, arg, _ := strings.Cut(value, " ")
			c.Wasm, made = func() []byte { return Generate(name, arg) }, true
		case "hex":
			b, err := hex.DecodeString(value)
			if err != nil {
				return c, err
			}
			c.Wasm, made = func() []byte { return b }, true
		default:
			return c, fmt.Errorf("unknown key %q", key)
		}
	}
	if !made || c.Verify == "" {
		return c, errors.New("a case needs verify and one of generate and hex")
	}
	return c, nil
}
