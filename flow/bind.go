package flow

import "strings"

// BindFields prepares the inputs of a run, or its config values, from an object
// by key: it converts each to its declared type, applies defaults, and leaves
// what is not given null. Missing required fields are input.missing, unknown
// and unconvertible ones input.invalid, secrets secret.flow; the message names
// all of them.
func BindFields(fields []FieldInfo, given Value) (Value, error) {
	keys := make([]string, len(fields))
	vals := make([]Value, len(fields))
	var bad []string
	code := CodeInputInvalid
	for i := range fields {
		f := &fields[i]
		keys[i] = f.Key
		v, ok := given.Object().Get(f.Key)
		switch {
		case v.HasSecret():
			bad, code = append(bad, f.Key+" does not take a secret"), CodeSecretFlow
		case !v.IsNull():
			c, err := Convert(v, f.Type)
			if err != nil {
				bad = append(bad, f.Key+": "+AsError(err).Msg)
			}
			vals[i] = c
		case f.Default != nil:
			vals[i] = *f.Default
		case f.Required && !ok:
			bad = append(bad, f.Key+" is required")
			if len(bad) == 1 {
				code = CodeInputMissing
			}
		case f.Required:
			vals[i] = f.Type.Zero() // null was given: loose nulls
		}
	}
	for k := range given.Object().All() {
		if !hasField(fields, k) {
			bad = append(bad, "there is no "+quote(k))
			if code == CodeInputMissing {
				code = CodeInputInvalid
			}
		}
	}
	if len(bad) > 0 {
		return Value{}, Errorf(code, "%s", strings.Join(bad, "; "))
	}
	return NewObject(NewShape(keys), vals), nil
}

func hasField(fields []FieldInfo, key string) bool {
	for i := range fields {
		if fields[i].Key == key {
			return true
		}
	}
	return false
}
