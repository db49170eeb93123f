// Package manual writes the documentation of a connector for the people who use
// it, from its manifest alone: how to connect, each card with its fields, what
// limits there are and what is new. Every page is Markdown (CommonMark with
// tables); names and texts of the connector stand in it as text, never as markup.
package manual
