package openapi

// form says what may stand in a field of an object of a document.
type form uint8

// The forms.
const (
	aText        form = iota
	aBool             // true or false
	aNumber           // a number
	anything          // data, taken as it is
	texts             // a list of texts
	someText          // a text or a list of texts
	object            // an object of a shape
	objects           // a list of objects of a shape
	mapping           // an object whose values are of a shape
	requirements      // a list of objects whose values are lists of texts
	textLists         // an object whose values are lists of texts
	textMap           // an object whose values are texts
	dataMap           // an object of data
)

// slot is a field of an object: what may stand in it and, for objects, of which
// shape that is.
type slot struct {
	form  form
	shape shapeName
}

// shapeName names a kind of object of OpenAPI.
type shapeName string

// The objects of which parts are read. Everything else of a document (examples,
// callbacks, what only validates, extensions) is left alone.
const (
	shapeSchema         shapeName = "schema"
	shapeParameter      shapeName = "parameter"
	shapeHeader         shapeName = "header"
	shapeRequestBody    shapeName = "request body"
	shapeMediaType      shapeName = "media type"
	shapeEncoding       shapeName = "encoding"
	shapeResponse       shapeName = "response"
	shapeLink           shapeName = "link"
	shapeOperation      shapeName = "operation"
	shapeServer         shapeName = "server"
	shapeServerVariable shapeName = "server variable"
	shapeSecurityScheme shapeName = "security scheme"
	shapeFlows          shapeName = "OAuth flows"
	shapeFlow           shapeName = "OAuth flow"
	shapeInfo           shapeName = "info"
	shapeContact        shapeName = "contact"
	shapeExternalDocs   shapeName = "external documentation"
)

// shape describes a kind of object.
type shape struct {
	section string // of components, where references to it lead; "" when it cannot be referred to
	fields  map[string]slot
}

// shapes lists what is read of each kind of object (OpenAPI 3.0.4 and 3.1.1,
// part 4).
func shapes() map[shapeName]shape {
	one := func(s shapeName) slot { return slot{object, s} }
	list := func(s shapeName) slot { return slot{objects, s} }
	byName := func(s shapeName) slot { return slot{mapping, s} }
	text, truth, number, data := slot{form: aText}, slot{form: aBool}, slot{form: aNumber}, slot{form: anything}
	return map[shapeName]shape{
		shapeSchema: {"schemas", map[string]slot{
			"type": {form: someText}, "format": text, "title": text, "description": text, "enum": data, "const": data, "default": data,
			"nullable": truth, "readOnly": truth, "writeOnly": truth, "deprecated": truth, "required": {form: texts},
			"properties": byName(shapeSchema), "additionalProperties": one(shapeSchema), "items": one(shapeSchema),
			"allOf": list(shapeSchema), "oneOf": list(shapeSchema), "anyOf": list(shapeSchema),
			"minimum": number, "maximum": number, "contentMediaType": text, "contentEncoding": text,
		}},
		shapeParameter: {"parameters", map[string]slot{
			"name": text, "in": text, "description": text, "required": truth, "deprecated": truth, "style": text, "explode": truth,
			"allowReserved": truth, "schema": one(shapeSchema), "content": byName(shapeMediaType),
		}},
		shapeHeader:      {"headers", map[string]slot{"description": text, "required": truth, "schema": one(shapeSchema)}},
		shapeRequestBody: {"requestBodies", map[string]slot{"description": text, "required": truth, "content": byName(shapeMediaType)}},
		shapeMediaType:   {"", map[string]slot{"schema": one(shapeSchema), "encoding": byName(shapeEncoding)}},
		shapeEncoding:    {"", map[string]slot{"contentType": text, "style": text, "explode": truth}},
		shapeResponse: {"responses", map[string]slot{
			"description": text, "headers": byName(shapeHeader), "content": byName(shapeMediaType), "links": byName(shapeLink),
		}},
		shapeLink: {"links", map[string]slot{"operationRef": text, "operationId": text, "parameters": {form: dataMap}}},
		shapeOperation: {"", map[string]slot{
			"operationId": text, "summary": text, "description": text, "deprecated": truth, "tags": {form: texts},
			"parameters": list(shapeParameter), "requestBody": one(shapeRequestBody), "responses": byName(shapeResponse),
			"security": {form: requirements}, "servers": list(shapeServer),
		}},
		shapeServer:         {"", map[string]slot{"url": text, "description": text, "variables": byName(shapeServerVariable)}},
		shapeServerVariable: {"", map[string]slot{"enum": {form: texts}, "default": text, "description": text}},
		shapeSecurityScheme: {"securitySchemes", map[string]slot{
			"type": text, "description": text, "name": text, "in": text, "scheme": text, "bearerFormat": text, "flows": one(shapeFlows),
			"openIdConnectUrl": text,
		}},
		shapeFlows: {"", map[string]slot{
			"implicit": one(shapeFlow), "password": one(shapeFlow), "clientCredentials": one(shapeFlow), "authorizationCode": one(shapeFlow),
		}},
		shapeFlow: {"", map[string]slot{
			"authorizationUrl": text, "tokenUrl": text, "refreshUrl": text, "scopes": {form: textMap},
		}},
		shapeInfo: {"", map[string]slot{
			"title": text, "version": text, "summary": text, "description": text, "contact": one(shapeContact),
		}},
		shapeContact:      {"", map[string]slot{"email": text, "url": text}},
		shapeExternalDocs: {"", map[string]slot{"url": text}},
	}
}
