package connections

import "context"

// Vault keeps records. It is used by any number of goroutines, and by several
// processes at once where its storage is shared; FileVault is one. What it
// stores has gone through a Sealer.
type Vault interface {
	// Lock waits until nobody else, in this process or another, holds the lock of
	// this connection, and takes it until release is called. The lock of a process
	// that dies is free. It protects what takes longer than one Put: who renews a
	// token holds it, so that a refresh token is never spent twice.
	// Errors: vault.io, run.cancelled when ctx ends first.
	Lock(ctx context.Context, tenant, id string) (release func(), err error)
	// Get returns a record that the caller may change.
	// Errors: connection.unknown, vault.*.
	Get(ctx context.Context, tenant, id string) (*Record, error)
	// List returns the connections of a tenant, by name, then by id. Errors: vault.*.
	List(ctx context.Context, tenant string) ([]View, error)
	// Put stores a record and raises its Revision. It returns once the record would
	// survive a power cut. A Revision that is not the stored one, or 0 for a record
	// that is there, is connection.exists, and so is a name that another connection
	// of the same tenant and connector has. Errors: those and vault.*.
	Put(ctx context.Context, r *Record) error
	// Delete removes a record as durably. Errors: connection.unknown, vault.*.
	Delete(ctx context.Context, tenant, id string) error
}
