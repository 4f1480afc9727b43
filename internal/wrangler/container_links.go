package wrangler

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// linked is a container with the name that it has or is given, and its Durable Object class.
type linked struct {
	node  *syntax.Node
	name  string
	class *syntax.Node // nil if it names none
}

// containers lists those of an environment that have a name, and refuses those that get none.
func (r *report) containers(e *Environment) (all []linked) {
	worker := own(e.Node, "name")
	if worker == nil {
		worker = own(e.Config.File.Root, "name")
	}
	for _, n := range items(e.Value("containers")) {
		if !n.Is(syntax.Table) {
			continue
		}
		name, class := n.Get("name"), n.Get("class_name")
		c := linked{node: n, name: name.Str(), class: class}
		switch {
		case name != nil && !falsy(name):
		case class == nil:
			r.missing(place(n), "a container needs a name or a class_name")
		case worker == nil || falsy(worker):
			r.missing(place(n), "a container needs a name where its Worker has none").Help = "give it one, or the Worker"
		default:
			c.name = worker.Str() + "-" + class.Str()
			if e.Name != "" {
				c.name += "-" + e.Name
			}
			c.name = strings.ReplaceAll(strings.ToLower(c.name), " ", "-")
		}
		if c.name != "" || name.Is(syntax.String) {
			all = append(all, c)
		}
	}
	return all
}

// containerLinks checks that each container belongs to one Durable Object class and each class has at most one: by
// class_name here, by container in the exports, or by both alike.
func (r *report) containerLinks(e *Environment) {
	containers := r.containers(e)
	list := own(e.Node, "containers")
	if list != nil && !list.Is(syntax.Array) || list == nil && e.containersElsewhere() {
		return
	}
	named, ofClass := map[string]bool{}, map[string]int{}
	for _, c := range containers {
		if named[c.name] {
			r.refuse(place(c.node), "two containers are called %q", c.name)
		}
		named[c.name] = true
		if c.class.Is(syntax.String) {
			if ofClass[c.class.Text]++; ofClass[c.class.Text] == 2 {
				r.refuse(c.class.Span, "two containers have the class %q", c.class.Text)
			}
		}
	}
	exports := e.durableObjectExports()
	links := r.exportLinks(exports, named)
	byName := map[string]*syntax.Node{}
	for _, f := range exports {
		byName[f.Name] = f.Value
	}
	for _, c := range containers {
		if !c.class.Is(syntax.String) || ofClass[c.class.Text] == 1 {
			r.link(c, byName, links)
		}
	}
}

// containersElsewhere says that another environment, or the top level, has containers, to which an export may refer.
func (e *Environment) containersElsewhere() bool {
	if e != e.Config.Top {
		return e.Config.File.Root.Field("containers") != nil
	}
	for _, other := range e.Config.Envs {
		if other.Node.Field("containers") != nil {
			return true
		}
	}
	return false
}

// exportLinks returns the classes that live exports put each container in.
func (r *report) exportLinks(exports []*syntax.Field, named map[string]bool) map[string][]string {
	links := map[string][]string{}
	for _, f := range exports {
		container := f.Value.Get("container")
		switch {
		case !live(f.Value) || container.Str() == "":
			continue
		case !named[container.Text]:
			r.missing(container.Span, "there is no container called %q", container.Text).Help = "name it in containers"
			continue
		case len(links[container.Text]) == 1:
			r.refuse(container.Span, "the container %q has a Durable Object already: %s", container.Text, links[container.Text][0])
		}
		links[container.Text] = append(links[container.Text], f.Name)
	}
	return links
}

// link checks one container against the exports.
func (r *report) link(c linked, exports map[string]*syntax.Node, links map[string][]string) {
	if c.class == nil {
		for _, export := range exports {
			if export.Get("container").Is(syntax.String) && export.Get("container").Text == c.name {
				return
			}
		}
		r.missing(place(c.node), "the container %q belongs to no Durable Object", c.name).Help = "give it a class_name"
		return
	}
	export := exports[c.class.Str()]
	container := export.Get("container")
	switch {
	case container.Is(syntax.String) && container.Text != c.name:
		r.refuse(c.class.Span, "the export %q has another container: %q", c.class.Str(), container.Text)
	case len(links[c.name]) == 1 && links[c.name][0] != c.class.Str():
		r.refuse(c.class.Span, "the container %q belongs to another export: %q", c.name, links[c.name][0])
	case len(exports) > 0 && (export == nil || !live(export)):
		r.missing(c.class.Span, "exports declare no Durable Object %q", c.class.Str())
	case container == nil && export.Get("storage").Str() == "legacy-kv":
		r.refuse(c.class.Span, "the Durable Object %q cannot have a container with the storage %q", c.class.Str(), "legacy-kv")
	}
}
