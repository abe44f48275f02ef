package main

import (
	"fmt"
	"regexp"
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
	for kind, want := range map[string]string{"value": "a number", "boolean value": "true or false"} {
		if m := regexp.MustCompile(`^invalid ` + kind + ` "(.*)" for (?:flag )?-([^ :]+): `).FindStringSubmatch(msg); m != nil {
			return fmt.Sprintf("%s %s: it is not %s", dashed(m[2]), m[1], want)
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
// people are used to write it. A flag gets its first name: the parser refuses to have it by two names in one command line.
func permute(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	cmd := app.Command(args[1])
	if cmd == nil {
		return args
	}
	known := map[string]cli.Flag{}
	for _, f := range cmd.Flags {
		for _, name := range f.Names() {
			known[name] = f
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
		name, value, assigned := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		if name == "h" || name == "help" {
			return []string{args[0], args[1], "--help"} // an argument would be taken for a topic
		}
		f := known[name]
		switch _, isSwitch := f.(*cli.BoolFlag); {
		case f == nil:
			flags = append(flags, arg)
		case assigned:
			flags = append(flags, "--"+f.Names()[0]+"="+value)
		case isSwitch:
			flags = append(flags, "--"+f.Names()[0])
		case i+1 < len(args):
			i++
			flags = append(flags, "--"+f.Names()[0], args[i])
		default:
			rest = nil // so that the parser misses the value
			flags = append(flags, "--"+f.Names()[0])
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
