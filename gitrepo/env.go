package gitrepo

import (
	"fmt"
	"strings"
)

// dropped are the variables of the caller that would point git at another
// repository or change what its commands mean. plainsail may run inside a git
// hook, where several of them are set.
var dropped = map[string]bool{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES": true, "GIT_ATTR_SOURCE": true, "GIT_CEILING_DIRECTORIES": true,
	"GIT_COMMON_DIR": true, "GIT_CONFIG": true, "GIT_CURL_VERBOSE": true, "GIT_DEFAULT_HASH": true,
	"GIT_DEFAULT_REF_FORMAT": true, "GIT_DIR": true, "GIT_EXTERNAL_DIFF": true, "GIT_GLOB_PATHSPECS": true,
	"GIT_GRAFT_FILE": true, "GIT_ICASE_PATHSPECS": true, "GIT_IMPLICIT_WORK_TREE": true, "GIT_INDEX_FILE": true,
	"GIT_INDEX_VERSION": true, "GIT_INTERNAL_SUPER_PREFIX": true, "GIT_LITERAL_PATHSPECS": true, "GIT_NAMESPACE": true,
	"GIT_NOGLOB_PATHSPECS": true, "GIT_NOTES_REF": true, "GIT_OBJECT_DIRECTORY": true, "GIT_PREFIX": true,
	"GIT_PROTOCOL": true, "GIT_PUSH_OPTION_COUNT": true, "GIT_QUARANTINE_PATH": true, "GIT_REFLOG_ACTION": true,
	"GIT_REPLACE_REF_BASE": true, "GIT_SHALLOW_FILE": true, "GIT_TEMPLATE_DIR": true, "GIT_WORK_TREE": true,
	"LANGUAGE": true, "LC_MESSAGES": true, "PAGER": true, "GIT_PAGER": true, "GIT_EDITOR": true,
}

// fixed is what every git of ours runs with: it never asks, never pages, speaks
// English, takes paths literally and objects as they are.
var fixed = []string{
	"GIT_TERMINAL_PROMPT=0",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_LITERAL_PATHSPECS=1",
	"GIT_NO_REPLACE_OBJECTS=1",
	"GIT_PAGER=cat",
	"GIT_EDITOR=false",
	"LC_ALL=C",
}

// gitEnv returns the caller's environment made safe for git. Configuration the
// caller passes in variables stays (see withoutConfig). Tracing is dropped: it
// prints headers and environments.
func gitEnv(environ []string) []string {
	env := make([]string, 0, len(environ)+len(fixed))
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if dropped[name] || strings.HasPrefix(name, "GIT_TRACE") || isFixed(name) {
			continue
		}
		env = append(env, kv)
	}
	return append(env, fixed...)
}

func isFixed(name string) bool {
	for _, kv := range fixed {
		if strings.HasPrefix(kv, name+"=") {
			return true
		}
	}
	return false
}

// withoutConfig removes configuration passed in variables.
func withoutConfig(env []string) []string {
	out := make([]string, 0, len(env))
	for _, kv := range env {
		if !isConfigVariable(kv) {
			out = append(out, kv)
		}
	}
	return out
}

func isConfigVariable(kv string) bool {
	for _, p := range []string{"GIT_CONFIG_COUNT=", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_CONFIG_PARAMETERS="} {
		if strings.HasPrefix(kv, p) {
			return true
		}
	}
	return false
}

// configEnv passes settings in variables, where no process list shows them.
func configEnv(settings []setting) []string {
	env := make([]string, 0, 2*len(settings)+1)
	env = append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
	for i, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s.value))
	}
	return env
}

func lookupEnv(env []string, name string) string {
	value := ""
	for _, kv := range env {
		if n, v, _ := strings.Cut(kv, "="); n == name {
			value = v
		}
	}
	return value
}
