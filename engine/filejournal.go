package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/weirflow/weir/flow"
)

// The file is text, one record a line:
//
//	<length of the JSON, decimal> <CRC-32C of the JSON, 8 hexadecimal digits> <JSON>
//
// The first record is the header. A record counts when its line is whole and
// its checksum right; what follows the last such record was being written when
// the process died, and is cut off. Damage before the end is journal.io: the
// calls behind it have happened, and would be repeated.

// journalVersion is the number of this format.
const journalVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type journalHeader struct {
	Version int    `json:"weirJournal"`
	Run     string `json:"run"`
	Module  string `json:"module"`
}

// journalRecord is flow.Entry with its values encoded.
type journalRecord struct {
	flow.Entry
	Value json.RawMessage `json:"value,omitempty"`
	Error *journalFailure `json:"error,omitempty"`
}

type journalFailure struct {
	Code    flow.Code       `json:"code"`
	Msg     string          `json:"msg,omitempty"`
	Fix     string          `json:"fix,omitempty"`
	Status  int             `json:"status,omitempty"`
	Kind    string          `json:"kind,omitempty"`
	Headers json.RawMessage `json:"headers,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	Extra   json.RawMessage `json:"extra,omitempty"`
}

// FileJournal is a journal in a file. It is safe for use by several goroutines,
// and one process at a time may have the file open.
type FileJournal struct {
	mu      sync.Mutex
	file    *os.File
	entries map[string]flow.Entry
	broken  error // after a failed write nothing more is recorded
}

// OpenFileJournal opens the journal of one run of one module, and creates it
// where there is none. module is Module.Digest. An entry is on disk when Record
// returns.
//
// Errors: journal.mismatch for a file that belongs to another run or module;
// journal.io for one that is damaged, in use, or cannot be read or written.
func OpenFileJournal(path, runID, module string) (*FileJournal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, ioError("open", err)
	}
	j := &FileJournal{file: f, entries: map[string]flow.Entry{}}
	if err := j.open(path, journalHeader{journalVersion, runID, module}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func ioError(what string, err error) *flow.Error {
	return flow.Errorf(flow.CodeJournalIO, "%s the journal: %v", what, err)
}

func (j *FileJournal) open(path string, header journalHeader) error {
	if err := lockFile(j.file); err != nil {
		return ioError("lock", err)
	}
	whole, records, err := j.read()
	if err != nil {
		return err
	}
	if err := j.file.Truncate(whole); err != nil {
		return ioError("cut off the end of", err)
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return ioError("write", err)
	}
	if len(records) == 0 {
		if err := j.append(header); err != nil {
			return err
		}
		return syncDir(path) // the file's own name must last too
	}
	var have journalHeader
	if err := json.Unmarshal(records[0], &have); err != nil || have.Version != journalVersion {
		return flow.Errorf(flow.CodeJournalMismatch, "the file is no journal of version %d", journalVersion)
	}
	if have != header {
		return flow.Errorf(flow.CodeJournalMismatch, "the journal belongs to run %s of another module or run", flow.Excerpt(have.Run))
	}
	for i, b := range records[1:] {
		e, err := decodeEntry(b)
		if err != nil {
			return flow.Errorf(flow.CodeJournalIO, "entry %d of the journal is damaged: %v", i+1, err)
		}
		j.entries[e.Key] = e
	}
	return nil
}

// read returns the whole records of the file and where they end.
func (j *FileJournal) read() (whole int64, records [][]byte, err error) {
	r := bufio.NewReader(j.file)
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return whole, records, nil
		}
		if err != nil {
			return 0, nil, ioError("read", err)
		}
		record, ok := parseLine(line[:len(line)-1])
		if !ok {
			// Writes are appended one line at a time, so that only the last can be torn.
			if _, err := r.ReadByte(); err == io.EOF {
				return whole, records, nil
			}
			return 0, nil, flow.Errorf(flow.CodeJournalIO, "entry %d of the journal is damaged", len(records))
		}
		records = append(records, record)
		whole += int64(len(line))
	}
}

func parseLine(line []byte) ([]byte, bool) {
	size, rest, ok1 := bytes.Cut(line, []byte(" "))
	sum, record, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok1 || !ok2 || string(size) != strconv.Itoa(len(record)) {
		return nil, false
	}
	return record, string(sum) == fmt.Sprintf("%08x", crc32.Checksum(record, castagnoli))
}

// append writes one record and waits until it is on disk.
func (j *FileJournal) append(v any) error {
	if j.broken != nil {
		return j.broken
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ioError("write", err)
	}
	line := fmt.Appendf(nil, "%d %08x %s\n", len(b), crc32.Checksum(b, castagnoli), b)
	if _, err = j.file.Write(line); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.broken = ioError("write", err) // what is on disk now is unknown
		return j.broken
	}
	return nil
}

// Recall implements flow.Journal.
func (j *FileJournal) Recall(_ context.Context, key string) (flow.Entry, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, ok := j.entries[key]
	return e, ok, nil
}

// Record implements flow.Journal.
func (j *FileJournal) Record(_ context.Context, e flow.Entry) error {
	r, err := encodeEntry(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return flow.Errorf(flow.CodeJournalIO, "the journal is closed")
	}
	if _, dup := j.entries[e.Key]; dup {
		return flow.Errorf(flow.CodeJournalMismatch, "the journal already has an entry for step %s", e.Key)
	}
	if err := j.append(r); err != nil {
		return err
	}
	j.entries[e.Key] = e
	return nil
}

// Close closes the file and lets others open it.
func (j *FileJournal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	f := j.file
	j.file = nil
	if err := f.Close(); err != nil {
		return ioError("close", err)
	}
	return nil
}

func encodeEntry(e flow.Entry) (journalRecord, error) {
	r := journalRecord{Entry: e}
	var errs []error
	enc := func(v flow.Value) json.RawMessage {
		if v.IsNull() {
			return nil
		}
		b, err := flow.EncodeValue(v)
		errs = append(errs, err)
		return b
	}
	if x := e.Error; x != nil {
		r.Error = &journalFailure{x.Code, x.Msg, x.Fix, x.Status, x.Kind, enc(x.Headers), enc(x.Body), enc(x.Extra)}
	} else {
		r.Value = enc(e.Value)
	}
	if err := errors.Join(errs...); err != nil {
		return r, flow.AsError(err)
	}
	return r, nil
}

func decodeEntry(b []byte) (flow.Entry, error) {
	var r journalRecord
	if err := json.Unmarshal(b, &r); err != nil {
		return flow.Entry{}, err
	}
	var errs []error
	dec := func(b json.RawMessage) flow.Value {
		if len(b) == 0 {
			return flow.Value{}
		}
		v, err := flow.DecodeValue(b, flow.JSONLimits{})
		errs = append(errs, err)
		return v
	}
	e := r.Entry
	e.Value = dec(r.Value)
	if x := r.Error; x != nil {
		e.Error = &flow.Error{Code: x.Code, Msg: x.Msg, Fix: x.Fix, Status: x.Status, Kind: x.Kind,
			Headers: dec(x.Headers), Body: dec(x.Body), Extra: dec(x.Extra)}
	}
	return e, errors.Join(errs...)
}

// syncDir makes the name of a new file last.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return ioError("open the folder of", err)
	}
	// Some file systems cannot sync a folder; the entries are synced all the same.
	_ = d.Sync()
	return d.Close()
}
