package flow

// Limits: which bound a run reached. See docs/LIMITS.md.
const (
	// CodeLimitFuel: compiled code and cards worked more than the run may.
	// Example:
	//	# run: {}
	//	# limit: fuel=1000
	//	# flows/main.yaml
	//	steps:
	//	  - repeat: 1000
	//	    flow: part
	//	# flows/part.yaml
	//	type: helper
	//	steps: []
	CodeLimitFuel Code = "limit.fuel"

	// CodeLimitWall: the run took longer than it may, waiting included.
	// Example:
	//	# run: {}
	//	# limit: wall=1ms
	//	steps:
	//	  - card: control.wait
	//	    with: {delay: 1, unit: minute}
	CodeLimitWall Code = "limit.wall"

	// CodeLimitMemory: what the run holds at one moment, values or files, is more than it may.
	// Example:
	//	# run: {"text": "abcdefghijklmnopqrstuvwxyz"}
	//	# limit: memory=100
	//	inputs: {text: text}
	//	steps:
	//	  - card: text.toUpperCase
	//	    with: {string: "${input.text}"}
	CodeLimitMemory Code = "limit.memory"

	// CodeLimitValue: one value, file or table is larger than it may be.
	// Example:
	//	# run: {"text": "[1, 2, 3, 4, 5]"}
	//	# limit: value=50
	//	inputs: {text: text}
	//	steps:
	//	  - card: json.parse
	//	    with: {string: "${input.text}"}
	CodeLimitValue Code = "limit.value"

	// CodeLimitDepth: lists and objects in one value are nested deeper than they may be.
	// Example:
	//	# run: {"text": "[[[1]]]"}
	//	# limit: depth=2
	//	inputs: {text: text}
	//	steps:
	//	  - card: json.parse
	//	    with: {string: "${input.text}"}
	CodeLimitDepth Code = "limit.depth"

	// CodeLimitCursor: the cursor of a polling flow is too large to be kept.
	// Example:
	//	# run: {"cursor": "zero"}
	//	type: polling
	//	steps:
	//	  - name: long
	//	    card: text.random
	//	    with: {length: 11000}
	//	  - cursor: ${long.output}
	//	  - return: {records: []}
	CodeLimitCursor Code = "limit.cursor"

	// CodeLimitCalls: the run makes more card calls than it may.
	// Example:
	//	# run: {"text": "hello"}
	//	# limit: calls=1
	//	inputs: {text: text}
	//	outputs: {text: text}
	//	steps:
	//	  - name: upper
	//	    card: text.toUpperCase
	//	    with: {string: "${input.text}"}
	//	  - name: lower
	//	    card: text.toLowerCase
	//	    with: {string: "${upper.output}"}
	//	  - return: {text: "${lower.output}"}
	CodeLimitCalls Code = "limit.calls"

	// CodeLimitHTTPCalls: the run makes more HTTP requests than it may.
	// Example:
	//	# run: {}
	//	# limit: http_calls=1
	//	# http: status 204
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeLimitHTTPCalls Code = "limit.http_calls"

	// CodeLimitHTTPBytes: the run receives more over HTTP than it may, or one answer is too large.
	// Example:
	//	# run: {}
	//	# limit: http_bytes=20
	//	# http: body {"id": "cus_1", "email": "jane@example.com"}
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeLimitHTTPBytes Code = "limit.http_bytes"

	// CodeLimitFileBytes: the run streams more bytes of files than it may.
	// Example:
	//	# run: {}
	//	# given: files
	//	# limit: file_bytes=10
	//	# http: body {"id": "cus_1", "email": "jane@example.com"}
	//	steps:
	//	  - card: file.largeDownload
	//	    with: {Location: {URL: "https://example.com/a.pdf"}}
	CodeLimitFileBytes Code = "limit.file_bytes"

	// CodeLimitTrace: the trace of the run is larger than it may be.
	// Example:
	//	# run: {"text": "abcdefghijklmnopqrstuvwxyz"}
	//	# limit: trace=20
	//	inputs: {text: text}
	//	steps:
	//	  - card: text.toUpperCase
	//	    with: {string: "${input.text}"}
	CodeLimitTrace Code = "limit.trace"

	// CodeLimitConcurrency: the tenant has as many runs and parallel iterations at work as it may.
	// Example:
	//	# run: {}
	//	# tenant: busy
	//	steps: []
	CodeLimitConcurrency Code = "limit.concurrency"
)

// Network: why a request was not made or has no usable answer.
const (
	// CodeEgressDenied: policy forbids the address, host, port or scheme.
	// Example:
	//	# run: {}
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://127.0.0.1/"}}
	CodeEgressDenied Code = "egress.denied"

	// CodeEgressSecretHost: a secret would leave toward a host it is not bound to.
	// Example:
	//	# run: {}
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	hosts: [example.com, example.org]
	//	secrets: {key: {hosts: [example.org]}}
	//	# flows/main.yaml
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/", Headers: {X-Key: "${secret.key}"}}}
	CodeEgressSecretHost Code = "egress.secret_host"

	// CodeEgressRedirect: the answer redirects and the request does not follow.
	// Example:
	//	# run: {}
	//	# http: status 302 to https://example.org/
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeEgressRedirect Code = "egress.redirect"

	// CodeEgressDNS: the host name has no address.
	// Example:
	//	# run: {}
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeEgressDNS Code = "egress.dns"

	// CodeHTTPConnect: no connection could be made.
	// Example:
	//	# run: {}
	//	# http: refuses
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPConnect Code = "http.connect"

	// CodeHTTPTimeout: the server was too slow.
	// Example:
	//	# run: {}
	//	# http: silent
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPTimeout Code = "http.timeout"

	// CodeHTTPUnknownOutcome: no answer came to a request that must not be made twice: its
	// method is not idempotent, and no header Idempotency-Key of the flow says that the service
	// knows the operation by it. It may have been carried out.
	// Example:
	//	# run: {}
	//	# http: silent
	//	steps:
	//	  - card: http.post
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPUnknownOutcome Code = "http.unknown_outcome"

	// CodeRetryWait: a step would be tried again, but not within the time that the run has left.
	// The error has status, headers and body of the service's answer.
	// Example:
	//	# run: {}
	//	# http: status 429
	//	# limit: wall=30s
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	//	    retry: {times: 1, between: 60}
	CodeRetryWait Code = "retry.wait"

	// CodeHTTPRate: a request would exceed the connector's budget for its host, and its turn does not come within the time
	// that the run has left. The error has status 429 and a Retry-After.
	// Example:
	//	# run: {}
	//	# http: status 200
	//	# limit: wall=20s
	//	# flows/main.yaml
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	hosts: [example.com]
	//	rates: [{host: example.com, requests: 1, per: 3600}]
	CodeHTTPRate Code = "http.rate"

	// CodeHTTPProtocol: the answer is not HTTP, or not what its headers say.
	// Example:
	//	# run: {}
	//	# http: raw 220 example.com ESMTP ready
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPProtocol Code = "http.protocol"

	// CodeHTTPTLS: the server's certificate or TLS parameters are not acceptable.
	// Example:
	//	# run: {}
	//	# http: untrusted
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPTLS Code = "http.tls"

	// CodeHTTPStatus: the server answered with an error status.
	// Example:
	//	# run: {}
	//	# http: status 404
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPStatus Code = "http.status"

	// CodeHTTPBody: the body of the answer does not fit what was asked for.
	// Example:
	//	# run: {}
	//	# http: body <p>Hello</p>
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/"}}
	CodeHTTPBody Code = "http.body"
)
