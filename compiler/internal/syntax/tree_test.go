package syntax

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/weirflow/weir/flow"
)

// outline prints a tree without positions, so that trees can be compared.
func outline(tree any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(tree), 0)
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		write(b, v.Elem(), depth)
	case reflect.Slice:
		for i := range v.Len() {
			fmt.Fprintf(b, "\n%*s- ", depth*2, "")
			write(b, v.Index(i), depth+1)
		}
	case reflect.Struct:
		switch x := v.Interface().(type) {
		case flow.Pos:
		case flow.Value:
			fmt.Fprintf(b, "%s %s", x.Kind(), x)
		case flow.Type:
			b.WriteString(x.String())
		case Str:
			fmt.Fprintf(b, "%q", x.Text)
		default:
			b.WriteString(v.Type().Name())
			for i := range v.NumField() {
				if !v.Type().Field(i).IsExported() {
					continue
				}
				switch v.Field(i).Interface().(type) {
				case flow.Pos, Places:
					continue
				}
				fmt.Fprintf(b, "\n%*s%s: ", depth*2, "", v.Type().Field(i).Name)
				write(b, v.Field(i), depth+1)
			}
		}
	default:
		fmt.Fprintf(b, "%q", fmt.Sprint(v.Interface()))
	}
}
