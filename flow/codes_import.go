package flow

// Import: what is wrong with a file that is turned into a connector.
const (
	// CodeImportFormat: the file is of no kind that is imported.
	// Example:
	//	# import: openapi
	//	{"info": {"title": "Pets"}, "paths": {}}
	CodeImportFormat Code = "import.format"

	// CodeImportSyntax: the file is damaged: it ends too early, or a key stands twice in it.
	// Example:
	//	# import: openapi
	//	{"openapi": "3.1.0", "paths": {"/pets": {"get":
	CodeImportSyntax Code = "import.syntax"

	// CodeImportLimit: the file, or the connector that it gives, is larger or deeper than can be worked with.
	// Example:
	//	# import: openapi
	//	{"openapi": "3.1.0", "paths":
	//	{"<1..250>":
	CodeImportLimit Code = "import.limit"

	// CodeImportValue: a value of the file is of another kind than its place asks for.
	// Example:
	//	# import: openapi
	//	{"openapi": "3.1.0", "paths": ["/pets"]}
	CodeImportValue Code = "import.value"
)
