package openapi

import (
	"encoding/hex"
	"log/slog"
	"strings"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/datamodel"
	high "github.com/pb33f/libopenapi/datamodel/high/v3"
	low "github.com/pb33f/libopenapi/datamodel/low/v3"

	"github.com/weirflow/weir/flow"
)

// model is what the library made of the selected part of a document.
type model struct {
	*high.Document
	ops []*modelOperation
	ids map[string]*modelOperation // by operationId, for links
}

// modelOperation is a selected operation with what the library made of it.
type modelOperation struct {
	*operation
	*high.Operation
	shared []*high.Parameter // those of the path item
	inItem []*high.Server
}

// version returns the version of the specification that a document follows.
func (d *document) version() (string, error) {
	if d.root.kind != mapNode {
		return "", failed(flow.CodeImportFormat, d.pos(d.root), "an OpenAPI document is an object, not %s", d.root.kind)
	}
	v := d.root.get("openapi")
	if old := d.root.get("swagger"); v == nil && old != nil {
		return "", failed(flow.CodeImportVersion, d.pos(old), "the document follows Swagger %s", flow.Excerpt(old.text)).
			WithFix("convert it to OpenAPI 3")
	}
	switch {
	case v == nil:
		return "", failed(flow.CodeImportFormat, d.pos(d.root), "the document has no version of OpenAPI").
			WithFix("an OpenAPI document has the field openapi")
	case v.kind != textNode && v.kind != numberNode:
		return "", failed(flow.CodeImportValue, d.pos(v), "openapi must be text, not %s", v.kind)
	}
	for _, known := range []string{"3.0", "3.1"} {
		if v.text == known || strings.HasPrefix(v.text, known+".") {
			return v.text, nil
		}
	}
	return "", failed(flow.CodeImportVersion, d.pos(v), "the document follows OpenAPI %s; 3.0 and 3.1 are read", flow.Excerpt(v.text))
}

// reduce makes a document of the selected operations alone.
func (r *reducer) reduce(version string, ops []*operation) *yaml.Node {
	root := yamlMap()
	put(root, "openapi", yamlText(version))
	top := []struct {
		field string
		slot  slot
	}{
		{"info", slot{object, shapeInfo}}, {"externalDocs", slot{object, shapeExternalDocs}}, {"servers", slot{objects, shapeServer}},
		{"security", slot{form: requirements}},
	}
	for _, f := range top {
		if n := r.doc.root.get(f.field); n != nil {
			if v := r.slot(n, f.slot, join("", f.field)); v != nil {
				put(root, f.field, v)
			}
		}
	}
	paths := yamlMap()
	items := map[string]*yaml.Node{}
	for _, o := range ops {
		item := items[o.path]
		if item == nil {
			item = yamlMap()
			items[o.path] = item
			put(paths, pathName(o.path), item)
			for _, f := range []struct {
				field string
				shape shapeName
			}{{"parameters", shapeParameter}, {"servers", shapeServer}} {
				if n := o.item.get(f.field); n != nil {
					if v := r.slot(n, slot{objects, f.shape}, join(o.itemAt, f.field)); v != nil {
						put(item, f.field, v)
					}
				}
			}
		}
		put(item, strings.ToLower(o.method), r.object(o.node, shapeOperation, o.at))
	}
	put(root, "paths", paths)
	schemes := r.doc.root.get("components").get("securitySchemes")
	for i, m := range schemes.fields() {
		if i == maxSchemes {
			r.report.find(flow.CodeImportAuth, Loss, "/components/securitySchemes", "", "security schemes behind the first %d are not looked at", maxSchemes)
			break
		}
		at := join("/components/securitySchemes", m.key)
		if v := r.object(m.value, shapeSecurityScheme, at); v != nil {
			r.add("securitySchemes", marked(m.key), v)
		}
	}
	put(root, "components", r.components())
	return &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}
}

// pathName is the key of a path in a reduced document: text that means nothing
// to the library.
func pathName(path string) string { return "/" + hex.EncodeToString([]byte(path)) }

// maxSchemes bounds the security schemes that are looked at.
const maxSchemes = 100

// build hands the reduced document to the library.
func build(root *yaml.Node, version string, ops []*operation) (*model, error) {
	line := 0
	number(root, &line)
	var text []byte
	info := &datamodel.SpecInfo{SpecType: "openapi", Version: version, SpecFormat: datamodel.OAS3, SpecFileType: datamodel.YAMLFileType,
		VersionNumeric: 3.0, APISchema: datamodel.OpenAPI3SchemaData, SpecBytes: &text, RootNode: root}
	if strings.HasPrefix(version, "3.1") {
		info.SpecFormat, info.VersionNumeric, info.APISchema = datamodel.OAS31, 3.1, datamodel.OpenAPI31SchemaData
	}
	lowDoc, err := low.CreateDocumentFromConfig(info, &datamodel.DocumentConfiguration{
		SkipCircularReferenceCheck: true, SkipExternalRefResolution: true, SkipJSONConversion: true, SkipMetadataCollection: true,
		ExtractRefsSequentially: true, ExcludeExtensionRefs: true, Logger: slog.New(slog.DiscardHandler),
	})
	if lowDoc == nil || err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the selected operations make no document: %v", err)
	}
	m := &model{Document: high.NewDocument(lowDoc), ids: map[string]*modelOperation{}}
	for _, o := range ops {
		item, ok := m.Paths.PathItems.Get(pathName(o.path))
		if !ok {
			return nil, flow.Errorf(flow.CodeInternal, "the path %s is lost", flow.Excerpt(o.path))
		}
		op, ok := item.GetOperations().Get(strings.ToLower(o.method))
		if !ok {
			return nil, flow.Errorf(flow.CodeInternal, "the operation %s is lost", flow.Excerpt(o.String()))
		}
		made := &modelOperation{operation: o, Operation: op, shared: item.Parameters, inItem: item.Servers}
		m.ops = append(m.ops, made)
		if _, dup := m.ids[o.id]; !dup && o.id != "" {
			m.ids[o.id] = made
		}
	}
	return m, nil
}
