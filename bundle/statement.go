package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/weirflow/weir/flow"
)

// Types of what is signed: an in-toto statement, version 1, about the members
// of a bundle.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://github.com/weirflow/weir/bundle/v1"
)

// Statement is what the signatures of a bundle are about.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"` // every member but the statement itself, by name
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is one member with its content.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// Digest has the SHA-256 of a member, hexadecimal.
type Digest struct {
	SHA256 string `json:"sha256"`
}

// Predicate says what the members are together.
type Predicate struct {
	Connector string `json:"connector"`        // key
	Version   string `json:"version"`          // of the connector, as its source says
	Number    int    `json:"number,omitempty"` // of the test version that it was made from; 0 for none
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// statementOf states the members, which are in order and without a statement.
func statementOf(members []member, m *flow.Manifest, number int) Statement {
	s := Statement{Type: StatementType, PredicateType: PredicateType, Subject: []Subject{},
		Predicate: Predicate{Connector: m.Key, Version: m.Version, Number: number}}
	for _, x := range members {
		s.Subject = append(s.Subject, Subject{x.name, Digest{sha(x.data)}})
	}
	return s
}

// parseStatement reads a signed statement. Error: bundle.signature.
func parseStatement(payload []byte) (Statement, error) {
	var s Statement
	if err := strict(payload, &s); err != nil {
		return s, flow.Errorf(flow.CodeBundleSignature, "the statement of the bundle is malformed: %v", err)
	}
	if s.Type != StatementType || s.PredicateType != PredicateType {
		return s, flow.Errorf(flow.CodeBundleSignature, "what was signed is not the statement of a bundle but %s", flow.Excerpt(s.PredicateType))
	}
	return s, nil
}

// compare holds members, which are in order and without a statement, to what was
// signed. Error: bundle.digest.
func (s *Statement) compare(members []member) error {
	for i, x := range members {
		if i >= len(s.Subject) || s.Subject[i].Name > x.name {
			return flow.Errorf(flow.CodeBundleDigest, "a member of the bundle is not in its statement: %s", flow.Excerpt(x.name))
		}
		if s.Subject[i].Name != x.name {
			return missing(s.Subject[i].Name)
		}
		if s.Subject[i].Digest.SHA256 != sha(x.data) {
			return flow.Errorf(flow.CodeBundleDigest, "a member of the bundle is not what was signed: %s", flow.Excerpt(x.name))
		}
	}
	if len(s.Subject) > len(members) {
		return missing(s.Subject[len(members)].Name)
	}
	return nil
}

func missing(name string) error {
	return flow.Errorf(flow.CodeBundleDigest, "a member that was signed is missing in the bundle: %s", flow.Excerpt(name))
}

// strict decodes JSON that must be what out prints as: nothing unknown, doubled,
// in other case or in other order is let through, whatever encoding/json takes.
func strict(data []byte, out any) error {
	if err := json.Unmarshal(data, out); err != nil {
		return err
	}
	again, err := printed(out)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return flow.Errorf(flow.CodeBundleInvalid, "it is not in canonical form")
	}
	return nil
}

// printed is the canonical JSON of this package: on one line, as it is.
func printed(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}
