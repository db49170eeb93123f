package connections

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/weirflow/weir/flow"
)

// Sealer encrypts records, each field by itself, with a set of data keys: one
// seals, all open. Associated data binds every ciphertext to its tenant,
// connection, revision and field, so that none can be moved.
type Sealer struct {
	keys *keyset.Handle
	aead tink.AEAD
}

// Sealed is a record in ciphertext, in the form that storage may see.
type Sealed struct {
	Tenant   string `json:"tenant"`
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
	// Fields are ciphertexts by name: "about" (everything that is no secret),
	// "secret.KEY", "token.access" and "token.refresh".
	Fields map[string][]byte `json:"fields"`
}

const (
	fieldAbout   = "about"
	fieldSecret  = "secret."
	fieldAccess  = "token.access"
	fieldRefresh = "token.refresh"
	// fieldDigest seals what a file as a whole holds.
	fieldDigest = "digest"
)

// keysetData is the associated data of a wrapped keyset.
const keysetData = "weir.vault.keyset.1"

// NewSealer returns a sealer with one new key.
func NewSealer() (*Sealer, error) {
	keys, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "no data key could be made: %v", err)
	}
	return sealerOf(keys)
}

func sealerOf(keys *keyset.Handle) (*Sealer, error) {
	a, err := aead.New(keys)
	if err != nil {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the vault's data keys cannot be used")
	}
	return &Sealer{keys, a}, nil
}

// UnwrapSealer returns the sealer whose keys Wrap encrypted. Errors: vault.key
// when the key is another one, or the text is damaged.
func UnwrapSealer(wrapped []byte, key Key) (*Sealer, error) {
	keys, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), key, []byte(keysetData))
	if err != nil {
		return nil, flow.Errorf(flow.CodeVaultKey, "the key does not open the vault").
			WithFix("give the key that the vault was made with; if it is, the head of the vault is damaged")
	}
	return sealerOf(keys)
}

// Wrap returns the data keys, encrypted with key.
func (s *Sealer) Wrap(key Key) ([]byte, error) {
	var b bytes.Buffer
	if err := s.keys.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), key, []byte(keysetData)); err != nil {
		return nil, flow.Errorf(flow.CodeVaultKey, "the vault's data keys cannot be encrypted with this key")
	}
	return b.Bytes(), nil
}

// Rotate returns a sealer with one more key, which seals from now on. What the
// others sealed still opens.
func (s *Sealer) Rotate() (*Sealer, error) {
	m := keyset.NewManagerFromHandle(s.keys)
	id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "no data key could be added: %v", err)
	}
	return s.with(m)
}

// Prune returns a sealer that has the sealing key alone. What others sealed does
// not open with it.
func (s *Sealer) Prune() (*Sealer, error) {
	m := keyset.NewManagerFromHandle(s.keys)
	for i := range s.keys.Len() {
		e, err := s.keys.Entry(i)
		if err == nil && !e.IsPrimary() {
			err = m.Delete(e.KeyID())
		}
		if err != nil {
			return nil, flow.Errorf(flow.CodeInternal, "a data key could not be removed: %v", err)
		}
	}
	return s.with(m)
}

func (s *Sealer) with(m *keyset.Manager) (*Sealer, error) {
	keys, err := m.Handle()
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the data keys could not be changed: %v", err)
	}
	return sealerOf(keys)
}

// Keys returns how many data keys there are.
func (s *Sealer) Keys() int { return s.keys.Len() }

// String says how many keys there are and nothing of them.
func (s *Sealer) String() string { return fmt.Sprintf("sealer with %d keys", s.Keys()) }

// Format implements fmt.Formatter.
func (s *Sealer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// associated returns the associated data of a field: each part behind its
// length, so that no two lists of parts are the same bytes.
func associated(tenant, id string, revision int64, field string) []byte {
	out := []byte("weir.vault.field.1")
	for _, part := range []string{tenant, id, field} {
		out = binary.BigEndian.AppendUint64(out, uint64(len(part)))
		out = append(out, part...)
	}
	return binary.BigEndian.AppendUint64(out, uint64(revision))
}

func (s *Sealer) sealField(x *Sealed, field string, plain []byte) error {
	c, err := s.aead.Encrypt(plain, associated(x.Tenant, x.ID, x.Revision, field))
	if err != nil {
		return flow.Errorf(flow.CodeInternal, "a field of a connection could not be encrypted")
	}
	x.Fields[field] = c
	return nil
}

func (s *Sealer) openField(x *Sealed, field string) ([]byte, error) {
	plain, err := s.aead.Decrypt(x.Fields[field], associated(x.Tenant, x.ID, x.Revision, field))
	if err != nil {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the field %q of the connection %s does not open", field, flow.Excerpt(x.ID))
	}
	return plain, nil
}

// about is everything of a record that is no secret. Secrets and Token say which
// other fields there must be.
type about struct {
	Connector   string            `json:"connector"`
	Auth        flow.Auth         `json:"auth"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Plain       map[string]string `json:"plain,omitempty"`
	Secrets     []string          `json:"secrets,omitempty"`
	Hosts       []string          `json:"hosts,omitempty"`
	Bound       []string          `json:"bound,omitempty"`
	Scopes      []string          `json:"scopes,omitempty"`
	Token       *aboutToken       `json:"token,omitempty"`
	State       State             `json:"state"`
	Health      string            `json:"health,omitempty"`
	Refused     bool              `json:"refused,omitempty"`
	Created     time.Time         `json:"created"`
	Updated     time.Time         `json:"updated"`
	Tested      time.Time         `json:"tested,omitzero"`
}

type aboutToken struct {
	Refresh  bool      `json:"refresh,omitempty"` // there is a refresh token
	Scopes   []string  `json:"scopes,omitempty"`
	Obtained time.Time `json:"obtained"`
	Expiry   time.Time `json:"expiry,omitzero"`
}

// Seal encrypts r as the given revision.
func (s *Sealer) Seal(r *Record, revision int64) (*Sealed, error) {
	x := &Sealed{Tenant: r.Tenant, ID: r.ID, Revision: revision, Fields: map[string][]byte{}}
	a := about{
		Connector: r.Connector, Auth: r.Auth, Name: r.Name, Description: r.Description, Plain: r.Plain,
		Secrets: slices.Sorted(maps.Keys(r.Secrets)), Hosts: r.Hosts, Bound: r.Bound, Scopes: r.Scopes,
		State: r.State, Health: r.Health, Refused: r.Refused, Created: r.Created, Updated: r.Updated, Tested: r.Tested,
	}
	secrets := map[string]Hidden{}
	for k, h := range r.Secrets {
		secrets[fieldSecret+k] = h
	}
	if t := r.Token; t != nil {
		a.Token = &aboutToken{Refresh: !t.Refresh.IsZero(), Scopes: t.Scopes, Obtained: t.Obtained, Expiry: t.Expiry}
		secrets[fieldAccess] = t.Access
		if a.Token.Refresh {
			secrets[fieldRefresh] = t.Refresh
		}
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "a connection cannot be written as JSON: %v", err)
	}
	if err := s.sealField(x, fieldAbout, plain); err != nil {
		return nil, err
	}
	for field, h := range secrets {
		if err := s.sealField(x, field, []byte(h.reveal())); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// open returns the record without its secrets, and what it says about them.
func (s *Sealer) open(x *Sealed) (*Record, *about, error) {
	plain, err := s.openField(x, fieldAbout)
	if err != nil {
		return nil, nil, err
	}
	var a about
	if err := json.Unmarshal(plain, &a); err != nil {
		return nil, nil, flow.Errorf(flow.CodeVaultCorrupt, "the connection %s is not in the form that this release reads", flow.Excerpt(x.ID))
	}
	r := &Record{
		Tenant: x.Tenant, ID: x.ID, Revision: x.Revision,
		Connector: a.Connector, Auth: a.Auth, Name: a.Name, Description: a.Description, Plain: a.Plain,
		Secrets: map[string]Hidden{}, Hosts: a.Hosts, Bound: a.Bound, Scopes: a.Scopes,
		State: a.State, Health: a.Health, Refused: a.Refused, Created: a.Created, Updated: a.Updated, Tested: a.Tested,
	}
	for _, k := range a.Secrets {
		r.Secrets[k] = Hidden{}
	}
	if t := a.Token; t != nil {
		r.Token = &Token{Scopes: t.Scopes, Obtained: t.Obtained, Expiry: t.Expiry}
	}
	return r, &a, nil
}

// View decrypts what View of the record shows, and no secret. Errors: vault.corrupt.
func (s *Sealer) View(x *Sealed) (View, error) {
	r, a, err := s.open(x)
	if err != nil {
		return View{}, err
	}
	if a.Token != nil && a.Token.Refresh {
		r.Token.Refresh = Hide(flow.SecretMark) // that there is one is all that a view shows
	}
	return r.View(), nil
}

// Open decrypts a record. Errors: vault.corrupt when a field is missing, is too
// many, or was not sealed for this place.
func (s *Sealer) Open(x *Sealed) (*Record, error) {
	r, a, err := s.open(x)
	if err != nil {
		return nil, err
	}
	want := map[string]func(Hidden){}
	for k := range r.Secrets {
		want[fieldSecret+k] = func(h Hidden) { r.Secrets[k] = h }
	}
	if a.Token != nil {
		want[fieldAccess] = func(h Hidden) { r.Token.Access = h }
		if a.Token.Refresh {
			want[fieldRefresh] = func(h Hidden) { r.Token.Refresh = h }
		}
	}
	if len(x.Fields) != len(want)+1 {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the connection %s has %d fields, not %d", flow.Excerpt(x.ID), len(x.Fields), len(want)+1)
	}
	for field, set := range want {
		plain, err := s.openField(x, field)
		if err != nil {
			return nil, err
		}
		set(Hide(string(plain)))
	}
	return r, nil
}

// sealDigest and openDigest seal what a file holds, for the file that is named.
func (s *Sealer) sealDigest(digest []byte, write string) ([]byte, error) {
	x := &Sealed{ID: write, Fields: map[string][]byte{}}
	err := s.sealField(x, fieldDigest, digest)
	return x.Fields[fieldDigest], err
}

func (s *Sealer) openDigest(sealed []byte, write string) ([]byte, error) {
	return s.aead.Decrypt(sealed, associated("", write, 0, fieldDigest))
}

// foldName returns the form in which two names are compared.
func foldName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
