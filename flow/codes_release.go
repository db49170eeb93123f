package flow

// Release: what keeps a connector from being handed to others.
const (
	// CodeReleaseNameTwice: two flows that are switched on have one name.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	steps: []
	//	# flows/other.yaml
	//	name: Pay
	//	steps: []
	CodeReleaseNameTwice Code = "release.name_twice"

	// CodeReleaseEvent: a flow of the connector begins in a way that connectors do not have.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	steps: []
	//	# flows/nightly.yaml
	//	type: scheduled
	//	steps: []
	CodeReleaseEvent Code = "release.event"

	// CodeReleaseName: the name of a flow has a character that names of cards cannot have.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	name: Pay (now)
	//	steps: []
	CodeReleaseName Code = "release.name"

	// CodeReleaseAuthpingTwice: there are two flows that tell whether a connection works.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	steps: []
	//	# flows/second.yaml
	//	name: _authping
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	CodeReleaseAuthpingTwice Code = "release.authping_twice"

	// CodeReleaseAuthpingName: a flow has the name that is reserved for the one of type authping.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	name: _authping
	//	steps: []
	CodeReleaseAuthpingName Code = "release.authping_name"

	// CodeReleaseRevokeTwice: there are two flows that revoke a credential.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	steps: []
	//	# flows/one.yaml
	//	type: revoke
	//	steps: []
	//	# flows/two.yaml
	//	type: revoke
	//	steps: []
	CodeReleaseRevokeTwice Code = "release.revoke_twice"

	// CodeReleaseRevokeName: a flow has the name that is reserved for the one of type revoke.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	name: _revoke
	//	steps: []
	CodeReleaseRevokeName Code = "release.revoke_name"

	// CodeReleaseOption: an option cannot be shown: its label, or a choice that is required and cannot be made.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	options: {kind: {label: Kind?}}
	//	steps: []
	CodeReleaseOption Code = "release.option"

	// CodeReleaseMissing: the connector lacks what every released one has: a card, an authentication, its _authping, a registration.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	# flows/pay.yaml
	//	steps: []
	CodeReleaseMissing Code = "release.missing"

	// CodeReleaseReturn: a flow can end without giving its outputs.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	outputs: {id: text}
	//	steps: []
	CodeReleaseReturn Code = "release.return"

	// CodeReleaseText: people will miss a text or picture. It is always a warning.
	// Example:
	//	# check: release
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	auth:
	//	  - {key: main, type: basic}
	//	# flows/_authping.yaml
	//	type: authping
	//	steps:
	//	  - return: {working: true}
	//	# flows/pay.yaml
	//	steps: []
	CodeReleaseText Code = "release.text"
)

// Vendor returns the vendor's code for the same problem of a connector, or "".
func (c Code) Vendor() string {
	switch c {
	case CodeReleaseNameTwice:
		return "CBDE000001H"
	case CodeReleaseEvent:
		return "CBDE000002H"
	case CodeReleaseName:
		return "CBDE000003H"
	case CodeReleaseAuthpingTwice:
		return "CBDE000004H"
	case CodeReleaseAuthpingName:
		return "CBDE000005H"
	case CodeReleaseRevokeTwice:
		return "CBDE000006H"
	case CodeReleaseRevokeName:
		return "CBDE000007H"
	case CodeFaceInvalid:
		return "CBDE000008H"
	case CodeReleaseOption:
		return "CBDE000009H"
	}
	return ""
}
