package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// usageError is a command line that makes no sense.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Hint is what to do about it.
func (e *usageError) Hint() string { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

// onUsageError puts what the flag parser says into our own words.
func onUsageError(c *cli.Context, err error, _ bool) error {
	if c.Command == nil || c.Command.Name == "" || c.Command.Name == "plainsail" {
		return usagef("run plainsail --help; the flags of a command come after its name", "%s", flagMessage(err.Error()))
	}
	return usagef(fmt.Sprintf("run plainsail %s --help for the flags", c.Command.Name), "%s", flagMessage(err.Error()))
}

// flagMessage is a message of package flag with the flag written as people write it.
func flagMessage(msg string) string {
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		return "there is no flag " + dashed(name)
	}
	if name, ok := strings.CutPrefix(msg, "flag needs an argument: -"); ok {
		return dashed(name) + " needs a value"
	}
	for _, kind := range []string{"value", "boolean value"} {
		rest, ok := strings.CutPrefix(msg, "invalid "+kind+" ")
		if !ok {
			continue
		}
		value, rest, _ := strings.Cut(rest, " for ")
		name, reason, ok := strings.Cut(strings.TrimPrefix(rest, "flag "), ": ")
		if ok {
			return fmt.Sprintf("%s %s: %s", dashed(strings.TrimPrefix(name, "-")), value, reason)
		}
	}
	return msg
}

// dashed is the name of a flag with its dashes.
func dashed(name string) string {
	if name = strings.TrimPrefix(name, "-"); len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// permute puts the flags of a command before its arguments, where the flag parser wants them: "build PATH -f FILE" is how
// people are used to write it.
func permute(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	cmd := app.Command(args[1])
	if cmd == nil {
		return args
	}
	takesValue := map[string]bool{}
	for _, f := range cmd.Flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			takesValue[name] = !isBool
		}
	}
	var flags, rest []string
	for i := 2; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			rest = append(rest, arg)
			continue
		}
		if arg == "-h" || arg == "--help" || arg == "-help" {
			return []string{args[0], args[1], "--help"} // with arguments, it would be taken for a topic
		}
		flags = append(flags, arg)
		if name := strings.TrimLeft(arg, "-"); takesValue[name] && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	out := append([]string{args[0], args[1]}, flags...)
	if len(rest) > 0 {
		out = append(append(out, "--"), rest...)
	}
	return out
}

// wantsJSON tells whether errors are wanted as JSON, also those of the command line itself.
func wantsJSON(args []string) bool {
	for i, arg := range args {
		if arg == "--" {
			return false
		}
		name, value, has := strings.Cut(arg, "=")
		if !strings.HasPrefix(arg, "-") || dashed(strings.TrimPrefix(name, "-")) != "--output" && name != "-o" && name != "--o" {
			continue
		}
		if has && value == "json" || !has && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}
