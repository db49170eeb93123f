// Package syntax holds the tree of a connector's source: what the parser makes
// of YAML, what the printer writes back, and what the checker reads. Every node
// knows its position. Read tree.go first.
package syntax

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Str is a scalar of the source that is only a name or a text.
type Str struct {
	Text string
	Pos  flow.Pos
}

// Connector is a whole connector: connector.yaml and its flows.
type Connector struct {
	Pos         flow.Pos
	Key         Str
	Name        Str
	Version     Str
	Description Str
	Branding    *Branding // nil when nothing of it is given
	Hosts       []Str
	Auths       []*Auth
	Secrets     []*Secret
	Config      []*Field
	Tables      []*Table
	Rates       []*Rate
	Connections []*Slot
	Externals   []*External // files of cards/, sorted by name
	Flows       []*Flow     // those that are active, sorted by file name
	Inactive    []*Flow
	// Assets are the files of assets/, by name.
	Assets map[string][]byte
	// Unread is what problems of form keep from being known; nil without any.
	Unread *Unread
}

// Unread names the parts of a connector that have problems of form. Their flows
// are not among the connector's.
type Unread struct {
	Flows    []string // keys, as far as they can be told
	Trees    []*Flow  // what could be made of those that are YAML
	Settings bool     // of connector.yaml
	Cards    bool     // of other connectors
}

// Flow reports whether a flow has this key and could not be read.
func (u *Unread) Flow(key string) bool { return u != nil && slices.Contains(u.Flows, key) }

// Secret declares one secret of a connector.
type Secret struct {
	Key   Str
	Label Str
	Hosts []Str // empty: the connector's hosts
}

// Field declares an input, an option, an output or a config value.
type Field struct {
	Key      Str
	Kind     FieldKind
	Group    Str
	Label    Str
	Doc      Str
	Type     flow.Type
	TypePos  flow.Pos
	Required bool
	Default  Expr  // nil when there is none; literals only
	Face     *Face // nil when there is nothing special to show
}

// FieldKind says how a parameter or output of a flow came to be.
type FieldKind uint8

// The kinds of fields.
const (
	FieldDeclared FieldKind = iota
	FieldImplicit           // the flow's type brings it with it
	FieldOption             // an option; its key is OptionKey of what the author wrote
	FieldSelected           // the object of selected outputs
)

// Face is how a field is shown beyond its label.
type Face struct {
	Choices     []Choice
	ChoicesFrom *Dynamic
	Fields      []*Field // known members of an object
	FieldsFrom  *Dynamic
	GroupFrom   *Dynamic
	Extensible  bool
}

// Choice is one row of a static dropdown.
type Choice struct {
	Label   Str
	Value   Str
	Default bool
}

// Dynamic names the helper flow that computes a part of a face.
type Dynamic struct {
	Pos  flow.Pos
	Flow Str
	With []*Arg // literals and references to options
}

// Flow is one file of flows/.
type Flow struct {
	Pos         flow.Pos
	File        string
	Key         Str // from the file name unless given
	Name        Str
	Type        Str // one of FlowTypes
	Description Str
	Inactive    bool // switched off: nothing but its form is looked at
	Trigger     *Trigger
	Webhook     *Webhook
	Cursor      *flow.Type // polling: the type of the cursor; nil for any
	// Inputs are all parameters in order: declared and implicit inputs, options,
	// and the selected outputs where a step refers to them.
	Inputs  []*Field
	Outputs []*Field // declared and implicit ones
	// Record declares the fields of one record of a polling flow.
	Record []*Field
	Steps  []*Step
}

// OptionKey is the key of the parameter that carries an option.
func OptionKey(name string) string { return RootOption + "." + name }

// Trigger says when a standalone flow runs.
type Trigger struct {
	flow.Trigger
	Pos    flow.Pos
	Places Places
	node   *source.Node
}

// Webhook is what a webhook event brings with it.
type Webhook struct {
	Pos        flow.Pos
	Register   *Dynamic
	Deregister *Dynamic
	Challenge  *flow.Challenge
	node       *source.Node
}

// Step is one step of a flow or block.
type Step struct {
	Pos     flow.Pos // of the key that names what the step does
	Name    Str      // as given; empty when the author gave none
	Comment string   // of a `note:` field; shown in traces and documentation
	Do      Action
}

// Action is what a step does: one of the types below.
type Action interface{ action() }

// Card uses a card of the registry, or of another connector.
type Card struct {
	Key        Str
	Connection Str    // slot; empty for none
	Options    []*Arg // of a card of another connector; literals
	With       []*Arg // in source order; groups are flattened
	Pages      *Pages // nil: one call
	Stream     *Stream
	Retry      *Retry // nil: one attempt
	OnError    *OnError
}

// Arg is one input given to a card or flow.
type Arg struct {
	Group Str // "" outside a group
	Key   Str
	Value Expr
}

// Cond is a condition: "a op b", or a single value that must be true.
type Cond struct {
	Pos  flow.Pos
	A    Expr
	Op   flow.Operator // "" when A alone decides
	B    Expr          // nil for unary operators and single values
	Type *flow.Type    // type both sides are converted to; nil: as they are
}

// If is If/Else: its branches are part of the flow around it.
type If struct {
	Cond    *Cond
	Then    []*Step
	Else    []*Step
	Outputs []*BranchOut
}

// BranchOut is one output of an If: a value for each branch.
type BranchOut struct {
	Key  Str
	Type flow.Type
	Then Expr // nil: null
	Else Expr // nil: null
}

// Choose is If/ElseIf: the steps of a branch are a block of their own, which
// Return and Continue If leave.
type Choose struct {
	Branches []*Branch // the last one may have no Cond: else
	Outputs  []*Field
}

// Branch is one branch of Choose.
type Branch struct {
	Pos   flow.Pos
	Cond  *Cond // nil: else
	Steps []*Step
}

// Try is If Error: two blocks of their own.
type Try struct {
	Steps   []*Step
	IfError []*Step
	Outputs []*Field
}

// Return ends the flow, or the block around it, with values.
type Return struct{ Values []*Arg }

// ReturnError ends the flow with an error; When, if given, makes it conditional.
type ReturnError struct {
	When   *Cond  // nil: always (Return Error); else Return Error If
	Fields []*Arg // statusCode, message and author-made fields
}

// ContinueIf stops the flow, or leaves the block, unless the condition holds.
type ContinueIf struct {
	Cond    *Cond
	Message Expr // nil: none
}

// Cursor says where the next run of a polling flow begins.
type Cursor struct{ Value Expr }

// Assign names values.
type Assign struct{ Values []*Assigned }

// Assigned is one value of an Assign.
type Assigned struct {
	Key   Str
	Type  *flow.Type // nil: as the value is
	Value Expr
}

// AssignIf chooses between two values.
type AssignIf struct {
	Cond *Cond
	Then Expr // nil: null
	Else Expr // nil: null
	Type *flow.Type
}

// Lookup translates a value with a fixed table.
type Lookup struct {
	Value   Expr
	Options []*Arg
	Else    Expr // nil: null
	Type    *flow.Type
}

// Call is Call Flow.
type Call struct {
	Flow Str
	With []*Arg
}

// LoopKind names the looping steps.
type LoopKind string

// The looping steps, by the field that introduces them.
const (
	ForEach LoopKind = "for_each" // For Each, and For Each - Ignore Errors with ignore_errors: true
	Map     LoopKind = "map"
	Filter  LoopKind = "filter" // Filter Custom
	Find    LoopKind = "find"   // Find Custom
	Reduce  LoopKind = "reduce"
	Repeat  LoopKind = "repeat"
	Sort    LoopKind = "sort"   // Sort Custom
	Unique  LoopKind = "unique" // Unique Custom
	// The loops over the members of an object; an item is {key, value}.
	MapObject  LoopKind = "map_object"  // Object > Map
	MapMembers LoopKind = "map_members" // Object > Map to List
	EachMember LoopKind = "each_member" // Object > For Each
)

// Loop runs a helper flow once for each item, or a number of times.
type Loop struct {
	Kind         LoopKind
	Over         Expr // the list or object, or the count of Repeat
	Flow         Str
	With         []*Arg // ${item}, ${index} and for reduce ${memo} are in scope here alone
	Concurrency  Expr   // nil: 1
	IgnoreErrors bool
	Memo         Expr // reduce only: the starting value
}

func (*Card) action()        {}
func (*If) action()          {}
func (*Choose) action()      {}
func (*Try) action()         {}
func (*Return) action()      {}
func (*ReturnError) action() {}
func (*ContinueIf) action()  {}
func (*Assign) action()      {}
func (*Cursor) action()      {}
func (*AssignIf) action()    {}
func (*Lookup) action()      {}
func (*Call) action()        {}
func (*Loop) action()        {}

// Expr is a value of the source: one of the types below.
type Expr interface {
	Position() flow.Pos
	expr()
}

// Literal is a constant scalar, or null.
type Literal struct {
	Pos   flow.Pos
	Value flow.Value
}

// Ref is ${root.name.path}: input.NAME, secret.NAME, config.NAME, context.NAME,
// error.PATH, item.PATH, index, memo.PATH, or STEP.OUTPUT.PATH.
type Ref struct {
	Pos  flow.Pos
	Root string
	Path []string
}

// Template is text with references in it.
type Template struct {
	Pos   flow.Pos
	Parts []Expr // Literal (text) and Ref, alternating as written
}

// ObjectLit is a mapping with values.
type ObjectLit struct {
	Pos  flow.Pos
	Keys []Str
	Vals []Expr
}

// ListLit is a sequence of values.
type ListLit struct {
	Pos   flow.Pos
	Items []Expr
}

// Position returns where the expression begins.
func (e *Literal) Position() flow.Pos { return e.Pos }

// Position returns where the expression begins.
func (e *Ref) Position() flow.Pos { return e.Pos }

// Position returns where the expression begins.
func (e *Template) Position() flow.Pos { return e.Pos }

// Position returns where the expression begins.
func (e *ObjectLit) Position() flow.Pos { return e.Pos }

// Position returns where the expression begins.
func (e *ListLit) Position() flow.Pos { return e.Pos }

func (*Literal) expr()   {}
func (*Ref) expr()       {}
func (*Template) expr()  {}
func (*ObjectLit) expr() {}
func (*ListLit) expr()   {}
