package flow

// File is a handle to a blob that the engine keeps outside the arena: name and
// content type travel with it, bytes do not. A file is never a path.
type File struct {
	ID          string // identity inside one run; means nothing elsewhere
	Name        string
	ContentType string
	Bytes       int64 // length of the content
}

// FileOf returns a value for f, which must not change afterwards.
func FileOf(f *File) Value { return Value{kind: KindFile, ref: f} }
