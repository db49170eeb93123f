package versions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/weirflow/weir/flow"
)

// Limits of a store.
const (
	MaxVersions = 10_000   // of one connector: one a day for 27 years
	MaxBytes    = 32 << 20 // of one version
	MaxNotices  = 10_000   // of one version
)

// Draft is what a version is made of. Everything in it is kept as it is.
type Draft struct {
	Content   []byte // at most MaxBytes
	Connector string // key
	Source    string // the version that the connector's source says it is
	Module    string // SHA-256 of its module, hexadecimal
	Creator   string // who made it; "" when nobody knows
	Created   time.Time
	Against   int      // number of the version that it was compared with; 0 for none
	Change    string   // what the comparison came to: "none", "patch", "minor" or "major"; "" without one
	Notices   []Notice // warnings of its validation and findings of the comparison
}

// Notice is one thing to know about a version.
type Notice struct {
	Code    string `json:"code"`            // of a warning, or the rule of a finding
	Level   string `json:"level,omitempty"` // of a finding: "patch", "minor", "major"
	Where   string `json:"where,omitempty"` // place in the source, or part of the connector
	Message string `json:"message"`
}

// Version is one numbered version.
type Version struct {
	Number    int       `json:"number"` // from 1
	Digest    string    `json:"digest"` // SHA-256 of its content, hexadecimal
	Bytes     int       `json:"bytes"`
	Connector string    `json:"connector"`
	Source    string    `json:"source"`
	Module    string    `json:"module"`
	Creator   string    `json:"creator,omitempty"`
	Created   time.Time `json:"created"`
	Against   int       `json:"against,omitempty"`
	Change    string    `json:"change,omitempty"`
	Notices   []Notice  `json:"notices,omitempty"`
	// Hidden versions are left out where people choose one. It is the one thing
	// about a version that can be changed.
	Hidden bool `json:"-"`
}

// Deployed returns the version that people see where this one is deployed:
// 0.NUMBER.0.
func (v Version) Deployed() string { return fmt.Sprintf("0.%d.0", v.Number) }

// Store keeps the versions of one connector. It may be used by several
// goroutines, and a store in a shared place by several processes.
//
// Errors: version.unknown for a number that there is not; version.damaged for a
// version that is no longer what it was; version.limit for a draft or store that
// is too large; version.store where the place cannot be read or written.
type Store interface {
	// Create keeps a draft under the next number: all of it or, when it fails,
	// nothing. Numbers are in the order of creation.
	Create(ctx context.Context, d Draft) (Version, error)
	// List returns the versions by number, hidden ones too.
	List(ctx context.Context) ([]Version, error)
	// Open returns a version with its content, which is what its digest says.
	Open(ctx context.Context, number int) (Version, []byte, error)
	// SetHidden hides a version, or shows it again.
	SetHidden(ctx context.Context, number int, hidden bool) error
}

// Version makes the record of a draft under a number.
func (d *Draft) Version(number int) Version {
	sum := sha256.Sum256(d.Content)
	return Version{
		Number: number, Digest: hex.EncodeToString(sum[:]), Bytes: len(d.Content), Connector: d.Connector, Source: d.Source,
		Module: d.Module, Creator: d.Creator, Created: d.Created.UTC().Truncate(time.Second), Against: d.Against, Change: d.Change, Notices: d.Notices,
	}
}

// Check returns version.limit for a draft that no store takes.
func (d *Draft) Check() error {
	switch {
	case len(d.Content) == 0:
		return flow.Errorf(flow.CodeVersionLimit, "a version has content")
	case len(d.Content) > MaxBytes:
		return flow.Errorf(flow.CodeVersionLimit, "a version may have %d bytes, this one has %d", MaxBytes, len(d.Content))
	case len(d.Notices) > MaxNotices:
		return flow.Errorf(flow.CodeVersionLimit, "a version may have %d notices, this one has %d", MaxNotices, len(d.Notices))
	}
	return nil
}

// Holds returns version.damaged unless content is that of v.
func (v *Version) Holds(content []byte) error {
	d := Draft{Content: content}
	if len(content) != v.Bytes || d.Version(v.Number).Digest != v.Digest {
		return flow.Errorf(flow.CodeVersionDamaged, "version %d is no longer what it was when it was made", v.Number)
	}
	return nil
}
