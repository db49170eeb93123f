// Package xml has the cards that read and write XML. Elements, attributes and
// text are laid out in objects as the xml2js library does, which the catalogue
// names as the model.
package xml

import (
	"strings"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "XML"

	defaultAttrKey = "$" // member that holds an element's attributes
	defaultCharKey = "_" // member that holds its text
	defaultRoot    = "root"
)

// Cards returns the XML cards in catalogue order.
func Cards() []*flow.Card { return []*flow.Card{build(), parse()} }

// orDefault reads blank text as not given.
func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// validChar is the production Char of XML 1.0.
func validChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// validName is the production Name of XML 1.0, fifth edition.
func validName(s string) bool {
	for i, r := range s {
		if !nameStart(r) && (i == 0 || !nameRest(r)) {
			return false
		}
	}
	return s != ""
}

func nameStart(r rune) bool {
	switch {
	case r == ':' || r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
		return true
	case r < 0xC0 || r == 0xD7 || r == 0xF7 || r == 0x37E:
		return false
	}
	return r <= 0x2FF || r >= 0x370 && r <= 0x1FFF || r == 0x200C || r == 0x200D || r >= 0x2070 && r <= 0x218F ||
		r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF ||
		r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func nameRest(r rune) bool {
	return r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// blank holds what \s stands for in ECMAScript (ECMA-262, WhiteSpace and
// LineTerminator).
const blank = "\t\n\v\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF"

func isBlank(r rune) bool {
	if r < 0x80 {
		return r == ' ' || r >= '\t' && r <= '\r'
	}
	return strings.ContainsRune(blank, r)
}
