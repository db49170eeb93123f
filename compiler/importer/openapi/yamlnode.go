package openapi

import "github.com/pb33f/go-yaml"

// The library reads trees of its YAML parser; these functions make them.

func yamlText(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func yamlScalar(n *node, tag string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.text}
}

func yamlMap() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func yamlList(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

func put(m *yaml.Node, key string, v *yaml.Node) { m.Content = append(m.Content, yamlText(key), v) }

// yamlIndex returns the place of a member's value in a mapping, or -1.
func yamlIndex(m *yaml.Node, key string) int {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

// yamlData copies a scalar or a list of scalars as it is, and nothing else: nil.
func yamlData(n *node) *yaml.Node {
	switch n.kind {
	case nullNode:
		return yamlScalar(n, "!!null")
	case boolNode:
		return yamlScalar(n, "!!bool")
	case numberNode:
		return yamlScalar(n, "!!float")
	case textNode:
		return yamlScalar(n, "!!str")
	case listNode:
		out := yamlList()
		for _, m := range n.members {
			if m.value.kind == mapNode || m.value.kind == listNode {
				return nil
			}
			out.Content = append(out.Content, yamlData(m.value))
		}
		return out
	}
	return nil
}

// number gives every node a line of its own: the library tells nodes apart by
// their places.
func number(n *yaml.Node, line *int) {
	*line++
	n.Line, n.Column = *line, 1
	for _, c := range n.Content {
		number(c, line)
	}
}
