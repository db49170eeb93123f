// Package tables keeps the tables of flows in one SQLite file. A table belongs
// to a tenant and a connector and is invisible to all others. Definitions are
// made with Define; runs get at rows through For.
//
// No name and no value of a flow ever becomes part of a statement: a table is
// row_N and its columns are c0, c1, ... in the file, and everything else is
// bound.
package tables

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/weirflow/weir/flow"
)

const (
	// maxTables bounds the tables of one connector of one tenant.
	maxTables = 100
	// maxReaders bounds the connections that read at one moment, each of which
	// takes up to 3 MiB. Further readers wait.
	maxReaders = 4
	// busyTimeout is how long a statement waits for another process.
	busyTimeout = 5 * time.Second
	// maxStatements is how many prepared statements a connection keeps.
	maxStatements = 256
	// applicationID marks the file as ours: "Weir" in ASCII.
	applicationID = 0x57656972
	// schemaVersion is raised when the layout of the file changes.
	schemaVersion = 1
)

// Store is one file of tables. It is used by any number of goroutines; writes
// happen one after the other, reads beside them.
type Store struct {
	uri    string           // of the file
	writer chan *connection // holds the writing connection while nobody uses it

	slots  chan struct{} // one token for every reader at work
	mu     sync.Mutex
	idle   []*connection
	closed bool
}

// connection is a connection with its prepared statements. It is used by one
// goroutine at a time.
type connection struct {
	*sqlite3.Conn
	statements map[string]*sqlite3.Stmt
	used       []*sqlite3.Stmt // in the present transaction
}

// Open opens the file at path and makes it, readable by its owner alone, when
// there is none. A file that something else made is input.invalid.
func Open(path string) (*Store, error) {
	if path == "" || path == ":memory:" {
		return nil, flow.Errorf(flow.CodeInputInvalid, "tables need the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, flow.Errorf(flow.CodeInputInvalid, "the file of tables cannot be opened: %v", err)
	}
	// The shared memory beside the file has no rows in it, but is nobody's business.
	for _, name := range []string{path, path + "-shm"} {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return nil, flow.Errorf(flow.CodeInputInvalid, "the file of tables cannot be opened: %v", err)
		}
	}
	// modeof gives the write-ahead log, which has rows in it, the mode of the file.
	// Every character of the path that could mean something in a URI is escaped.
	query := "modeof=" + strings.ReplaceAll(url.QueryEscape(path), "+", "%20")
	uri := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: query}
	s := &Store{uri: uri.String(), writer: make(chan *connection, 1), slots: make(chan struct{}, maxReaders)}
	w, err := s.connect()
	if err == nil {
		if err = w.prepareFile(); err != nil {
			_ = w.Close()
		}
	}
	if err != nil {
		var e *flow.Error
		if errors.As(err, &e) {
			return nil, e
		}
		return nil, flow.Errorf(flow.CodeInputInvalid, "the file of tables cannot be used: %v", err)
	}
	s.writer <- w
	return s, nil
}

// connect opens one connection. Schema objects that could run code of their own
// are off, so that a file from elsewhere holds nothing but data.
func (s *Store) connect() (*connection, error) {
	c, err := sqlite3.OpenFlags(s.uri, sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	err = c.BusyTimeout(busyTimeout)
	for op, on := range map[sqlite3.DBConfig]bool{
		sqlite3.DBCONFIG_DEFENSIVE: true, sqlite3.DBCONFIG_TRUSTED_SCHEMA: false,
		sqlite3.DBCONFIG_ENABLE_TRIGGER: false, sqlite3.DBCONFIG_ENABLE_VIEW: false,
	} {
		if err == nil {
			_, err = c.Config(op, on)
		}
	}
	c.Limit(sqlite3.LIMIT_ATTACHED, 0)
	c.Limit(sqlite3.LIMIT_LENGTH, 2*flow.MaxTableColumns*flow.MaxCell)
	if err == nil {
		// FULL: what a run's journal says is done must survive a power cut.
		err = c.Exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=67108864`)
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return &connection{Conn: c, statements: map[string]*sqlite3.Stmt{}}, nil
}

// prepareFile makes the layout of an empty file and checks that of another.
func (c *connection) prepareFile() (err error) {
	tx, err := c.BeginImmediate()
	if err != nil {
		return err
	}
	defer tx.End(&err)
	defer c.finish()
	var id, version, objects int64
	for sql, to := range map[string]*int64{
		`PRAGMA application_id`: &id, `PRAGMA user_version`: &version, `SELECT count(*) FROM sqlite_schema`: &objects,
	} {
		if err := c.one(sql, to); err != nil {
			return err
		}
	}
	switch {
	case id == applicationID && version == schemaVersion:
		return nil
	case id == applicationID:
		return flow.Errorf(flow.CodeInputInvalid, "the file of tables has layout %d, not %d", version, schemaVersion)
	case id != 0 || version != 0 || objects != 0:
		return flow.Errorf(flow.CodeInputInvalid, "the file is a database, but none of tables")
	}
	return c.Exec(layout)
}

// layout is kept in step with applicationID and schemaVersion. columns has the
// definition as JSON; rows and bytes count what the table holds.
const layout = `
PRAGMA application_id=0x57656972;
PRAGMA user_version=1;
CREATE TABLE weir_table (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant TEXT NOT NULL,
	connector TEXT NOT NULL,
	name TEXT NOT NULL,
	columns TEXT NOT NULL,
	rows INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	UNIQUE (tenant, connector, name)
) STRICT;`

// one runs a statement that gives one number.
func (c *connection) one(sql string, to *int64) error {
	st, err := c.prepared(sql)
	if err != nil {
		return err
	}
	if st.Step() {
		*to = st.ColumnInt64(0)
	}
	return st.Reset()
}

// prepared returns the statement of that text, without parameters. It is good
// until the next call.
func (c *connection) prepared(sql string) (*sqlite3.Stmt, error) {
	if st, ok := c.statements[sql]; ok {
		c.used = append(c.used, st)
		return st, nil
	}
	if len(c.statements) >= maxStatements {
		c.forget()
	}
	st, _, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	c.statements[sql] = st
	c.used = append(c.used, st)
	return st, nil
}

// finish resets the statements of a transaction and lets go of what was bound,
// so that an idle connection keeps no cells in memory.
func (c *connection) finish() {
	for _, st := range c.used {
		_ = st.Reset() // repeats the error that the last step gave
		_ = st.ClearBindings()
	}
	clear(c.used)
	c.used = c.used[:0]
}

func (c *connection) forget() {
	c.used = nil
	for sql, st := range c.statements {
		_ = st.Close()
		delete(c.statements, sql)
	}
}

// run prepares sql and binds the values, numbered from 1.
func (c *connection) run(sql string, values ...any) (*sqlite3.Stmt, error) {
	st, err := c.prepared(sql)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if err := bind(st, i+1, v); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// exec runs a statement to its end.
func (c *connection) exec(sql string, values ...any) error {
	st, err := c.run(sql, values...)
	if err != nil {
		return err
	}
	return st.Exec()
}

func bind(st *sqlite3.Stmt, i int, v any) error {
	switch v := v.(type) {
	case string:
		return st.BindText(i, v)
	case int64:
		return st.BindInt64(i, v)
	case flow.Value:
		switch v.Kind() {
		case flow.KindNull:
			return st.BindNull(i)
		case flow.KindText:
			return st.BindText(i, v.Text())
		case flow.KindNumber:
			return st.BindFloat(i, v.Number())
		case flow.KindDate:
			return st.BindInt64(i, int64(v.Millis()))
		case flow.KindBool:
			return st.BindBool(i, v.Bool())
		}
	}
	panic("tables: a value of this kind is never bound")
}

// write runs do in a transaction of the writing connection.
func (s *Store) write(ctx context.Context, do func(*connection) error) (err error) {
	var c *connection
	var open bool
	select {
	case c, open = <-s.writer:
		if !open {
			return errClosed()
		}
	case <-ctx.Done():
		return cancelled()
	}
	defer func() { s.writer <- c }()
	c.SetInterrupt(ctx)
	defer c.SetInterrupt(context.Background())
	defer func() { err = coded(ctx, err) }()
	tx, err := c.BeginImmediate()
	if err != nil {
		return err
	}
	defer tx.End(&err)
	defer c.finish()
	return do(c)
}

// read runs do in a transaction of a reading connection: everything it reads is
// of one moment.
func (s *Store) read(ctx context.Context, do func(*connection) error) (err error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return cancelled()
	}
	defer func() { <-s.slots }()
	c, err := s.reader()
	if err != nil {
		return coded(ctx, err)
	}
	defer s.putReader(c)
	c.SetInterrupt(ctx)
	defer c.SetInterrupt(context.Background())
	defer func() { err = coded(ctx, err) }()
	if ctx.Err() != nil {
		return cancelled()
	}
	tx := c.Begin()
	// Nothing was written, so there is nothing that a failing end could lose.
	defer func() { _ = tx.Rollback() }()
	defer c.finish()
	return do(c)
}

func (s *Store) reader() (*connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed()
	}
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return c, nil
	}
	return s.connect()
}

func (s *Store) putReader(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.forget()
		_ = c.Close()
		return
	}
	s.idle = append(s.idle, c)
}

// Close waits for the write at work and closes the file; reads at work go on to
// their end. Later calls of the Store and of what For returned fail.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	if again {
		return nil
	}
	w := <-s.writer
	close(s.writer)
	var errs []error
	for _, c := range append(idle, w) {
		c.forget()
		errs = append(errs, c.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return coded(context.Background(), err)
	}
	return nil
}

func cancelled() error { return flow.Errorf(flow.CodeRunCancelled, "the run was cancelled") }

func errClosed() error { return flow.Errorf(flow.CodeCardUnbound, "the tables are closed") }

// coded gives errors of the driver a code: run.cancelled when ctx ended, and
// internal, which ends a run so that it can be resumed, for a file that cannot
// be read or written.
func coded(ctx context.Context, err error) error {
	var e *flow.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case ctx.Err() != nil:
		return cancelled()
	case errors.Is(err, sqlite3.BUSY):
		return flow.Errorf(flow.CodeInternal, "another process has locked the tables: %v", err)
	}
	return flow.Errorf(flow.CodeInternal, "the tables failed: %v", err)
}
