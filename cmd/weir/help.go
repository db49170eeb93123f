package main

import (
	"regexp"

	"github.com/spf13/cobra"
)

// help is what a command does and takes, as JSON.
type help struct {
	Command  string     `json:"command"`
	Summary  string     `json:"summary"`
	Doc      string     `json:"doc,omitempty"`
	Usage    string     `json:"usage"`
	Commands []help     `json:"commands,omitempty"` // those below it, without their flags
	Flags    []flagHelp `json:"flags,omitempty"`
}

// flagHelp is one flag of a command as JSON.
type flagHelp struct {
	Name    string `json:"name"`
	Short   string `json:"short,omitempty"`
	Type    string `json:"type"`
	Default string `json:"default,omitempty"`
	Doc     string `json:"doc"`
}

func helpOf(cmd *cobra.Command) help {
	h := help{Command: cmd.CommandPath(), Summary: cmd.Short, Doc: cmd.Long, Usage: cmd.UseLine()}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			h.Commands = append(h.Commands, help{Command: sub.CommandPath(), Summary: sub.Short, Usage: sub.UseLine()})
		}
	}
	for _, m := range flagNames.FindAllStringSubmatch(cmd.LocalFlags().FlagUsages()+cmd.InheritedFlags().FlagUsages(), -1) {
		f := cmd.Flag(m[1])
		h.Flags = append(h.Flags, flagHelp{f.Name, f.Shorthand, f.Value.Type(), f.DefValue, f.Usage})
	}
	return h
}

// flagNames finds the flags in what people read of them.
var flagNames = regexp.MustCompile(`(?m)^ +(?:-\w, +)?--([\w-]+)`)
