package flow

// Import of OpenAPI: what ends the import of a document, and what its report
// says about the parts of a document that a connector does not have as they are.
const (
	// CodeImportVersion: the document follows a version of OpenAPI that is not read.
	// Example:
	//	# import: openapi
	//	{"swagger": "2.0", "paths": {}}
	CodeImportVersion Code = "import.version"

	// CodeImportSelection: the document has no operation that was asked for.
	// Example:
	//	# import: openapi
	//	{"openapi": "3.1.0", "paths": {}}
	CodeImportSelection Code = "import.selection"

	// CodeImportReference: a reference leads nowhere, in a circle or out of the document; what it stands for is left out.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /pets:
	//	    get:
	//	      parameters: [{$ref: "#/components/parameters/limit"}]
	CodeImportReference Code = "import.reference"

	// CodeImportOperation: an operation, or a part of the document beside its operations, is left out.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /pets: {get: {}, trace: {}}
	CodeImportOperation Code = "import.operation"

	// CodeImportAuth: a security scheme cannot be used, or not as the document says.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths: {/pets: {get: {security: [{certificate: []}]}}}
	//	components: {securitySchemes: {certificate: {type: mutualTLS}}}
	CodeImportAuth Code = "import.auth"

	// CodeImportServer: the address of the service is not the one of the document.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: /v1}]
	//	paths: {/pets: {get: {}}}
	CodeImportServer Code = "import.server"

	// CodeImportParameter: a parameter is not sent, or not as the document says.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths: {/pets: {get: {parameters: [{name: theme, in: cookie, schema: {type: string}}]}}}
	CodeImportParameter Code = "import.parameter"

	// CodeImportBody: a request body is not sent as the document says.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /photos:
	//	    patch: {requestBody: {content: {image/png: {}}}}
	CodeImportBody Code = "import.body"

	// CodeImportResponse: an answer is not read as the document says.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /report:
	//	    post: {responses: {"200": {content: {application/pdf: {}}}}}
	CodeImportResponse Code = "import.response"

	// CodeImportSchema: a type is wider or narrower than that of the document.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /pets/{id}:
	//	    get: {parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int64}}]}
	CodeImportSchema Code = "import.schema"

	// CodeImportPages: pages are not read one after the other, or not all of them.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	paths:
	//	  /pets:
	//	    get:
	//	      parameters: [{name: cursor, in: query, schema: {type: string}}]
	//	      responses: {"200": {content: {application/json: {schema: {type: array, items: {type: object}}}}}}
	CodeImportPages Code = "import.pages"

	// CodeImportHealth: the connector does not ask the service whether a connection works.
	// Example:
	//	# import: openapi
	//	openapi: 3.1.0
	//	servers: [{url: "https://example.com"}]
	//	security: [{login: []}]
	//	paths:
	//	  /pets: {post: {}}
	//	components: {securitySchemes: {login: {type: http, scheme: basic}}}
	CodeImportHealth Code = "import.health"
)
