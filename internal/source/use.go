package source

import (
	"fmt"

	"github.com/tdewolff/parse/v2/js"
)

// above returns the i-th node above the one being entered, parentheses apart, and the node below it on the way there.
func (r *reader) above(i int, child js.INode) (parent, below js.INode, at int) {
	for ; i >= 0; i-- {
		if _, ok := r.stack[i].(*js.GroupExpr); !ok {
			return r.stack[i], child, i
		}
		child = r.stack[i]
	}
	return nil, child, -1
}

// env judges an expression that is an env by what stands around it.
func (r *reader) env(n js.INode) {
	parent, child, i := r.above(len(r.stack)-1, n)
	switch p := parent.(type) {
	case *js.DotExpr: // env.CACHE
		if lit, ok := literal(p.Y); ok && same(p.X, child) {
			r.take(string(lit.Data), lit.Data, p, i)
			return
		}
	case *js.IndexExpr: // env["CACHE"]
		if lit, ok := literal(p.Y); ok && same(p.X, child) && lit.TokenType == js.StringToken {
			r.take(unquote(lit.Data), lit.Data, p, i)
			return
		}
		r.doubt("a name is computed")
		return
	case *js.BindingElement: // const { CACHE } = env, const e = env
		if b, ok := p.Binding.(*js.BindingObject); ok && same(p.Default, child) {
			r.pattern(b, r.part())
			return
		}
		if v, ok := p.Binding.(*js.Var); ok {
			r.alias(root(v)) // if child is v itself, it is one already
			return
		}
	case *js.Arg:
		r.argument(i)
		return
	case *js.BinaryExpr:
		r.operand(p, child)
		return
	case *js.Property: // { env } in an argument of a function of the project
		if p.Name != nil && unquote(p.Name.Literal.Data) == "env" && r.toProject(i) {
			return
		}
	case *js.FuncDecl, *js.ClassDecl, *js.MethodDecl, *js.ExprStmt:
		return // a name, or nothing is done with it
	case *js.IfStmt:
		return
	case *js.UnaryExpr:
		if p.Op == js.NotToken || p.Op == js.TypeofToken {
			return
		}
	case *js.CondExpr:
		if same(p.Cond, child) {
			return
		}
	}
	r.doubt("env is used as a whole")
}

// argument: env is passed to a function.
func (r *reader) argument(at int) {
	callee, position := r.callAround(at)
	if lit, ok := literal(callee); ok && lit.TokenType == js.SuperToken {
		callee = r.superClass()
	}
	if library := r.module.library(callee); library != "" {
		if !carrying(library) {
			r.doubt("env is passed to " + library)
		}
		return
	}
	switch f := ungroup(callee).(type) {
	case *js.Var:
		if p := (passing{root(f), position}); !r.known[p] {
			r.known[p] = true
			r.passed = append(r.passed, p)
		}
		return
	case *js.DotExpr:
		if self, ok := literal(f.X); ok && self.TokenType == js.ThisToken {
			return // a method of the project
		}
	}
	r.doubt("env is passed to a method")
}

// superClass is what the class around extends; nil if that cannot be told.
func (r *reader) superClass() js.IExpr {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if c, ok := r.stack[i].(*js.ClassDecl); ok {
			return c.Extends
		}
	}
	return nil
}

// callAround returns the callee of the call whose argument is at the given place of the stack, and which argument it is.
func (r *reader) callAround(at int) (callee js.IExpr, position int) {
	arg := r.stack[at]
	if at < 2 {
		return nil, 0
	}
	args, ok := r.stack[at-1].(*js.Args)
	if !ok {
		return nil, 0
	}
	for ; position < len(args.List) && js.INode(&args.List[position]) != arg; position++ {
	}
	switch call := r.stack[at-2].(type) {
	case *js.CallExpr:
		return call.X, position
	case *js.NewExpr:
		return call.X, position
	}
	return nil, 0
}

// toProject says whether the object literal with the property at i of the stack is an argument of a function of the project.
func (r *reader) toProject(i int) bool {
	if i < 4 {
		return false
	}
	if _, ok := r.stack[i-2].(*js.Arg); !ok {
		return false
	}
	callee, _ := r.callAround(i - 2)
	v, ok := ungroup(callee).(*js.Var)
	return ok && r.module.library(v) == "" && r.module.function(v) != nil
}

// operand: env beside an operator.
func (r *reader) operand(p *js.BinaryExpr, child js.INode) {
	left := same(p.X, child)
	switch p.Op {
	case js.EqToken:
		if left {
			return // something is assigned to the variable
		}
		switch to := ungroup(p.X).(type) {
		case *js.Var: // let shared; fetch(request, env) { shared = env }
			r.follow(to, r.module.ast)
			return
		case *js.DotExpr: // this.env = env
			if is(to.Y, "env") {
				return
			}
		}
		r.doubt("env is kept as a whole")
	case js.InToken: // "CACHE" in env
		lit, ok := literal(ungroup(p.X))
		if left || !ok {
			r.doubt("a name is computed")
			return
		}
		r.note(unquote(lit.Data), lit.Data, "", true)
	case js.AndToken, js.OrToken, js.NullishToken, js.EqEqToken, js.EqEqEqToken, js.NotEqToken, js.NotEqEqToken:
		if !left && (p.Op == js.AndToken || p.Op == js.OrToken || p.Op == js.NullishToken) {
			r.doubt("env is used as a whole")
		}
	default:
		r.doubt(fmt.Sprintf("env is an operand of %s", p.Op))
	}
}

// take notes env.NAME, which is the node at i of the stack, and what is done with it.
func (r *reader) take(name string, at []byte, n js.INode, i int) {
	r.around(name, at, n, i-1)
	parent, child, _ := r.above(i-1, n)
	if p, ok := parent.(*js.BindingElement); ok && same(p.Default, child) {
		if v, ok := p.Binding.(*js.Var); ok { // const cache = env.CACHE
			r.taken[root(v)] = taking{name, at}
			if part := r.part(); part != nil {
				r.again(root(v), part)
			}
		}
	}
}

// alias: a variable is declared to hold an env; its uses come after.
func (r *reader) alias(v *js.Var) {
	if part := r.part(); part != nil {
		r.follow(v, part)
	}
	r.envs[v] = true
}

// used notes what is done with a variable that was taken from env.
func (r *reader) used(name string, at []byte, v *js.Var) { r.around(name, at, v, len(r.stack)-1) }

// around notes a use by what stands around it, from i of the stack upwards.
func (r *reader) around(name string, at []byte, n js.INode, i int) {
	parent, child, i := r.above(i, n)
	method, guarded := "", false
	switch p := parent.(type) {
	case *js.DotExpr:
		guarded = p.Optional
		call, callee, _ := r.above(i-1, p)
		if c, ok := call.(*js.CallExpr); ok && same(c.X, callee) && same(p.X, child) {
			if lit, ok := literal(p.Y); ok {
				method = string(lit.Data)
			}
		}
	case *js.IndexExpr:
		guarded = p.Optional
	case *js.CallExpr:
		guarded = p.Optional
	case *js.UnaryExpr:
		guarded = p.Op == js.NotToken || p.Op == js.TypeofToken || p.Op == js.DeleteToken
	case *js.BinaryExpr:
		switch p.Op {
		case js.AndToken, js.OrToken, js.NullishToken, js.EqEqToken, js.EqEqEqToken, js.NotEqToken, js.NotEqEqToken, js.InstanceofToken:
			guarded = true
		case js.EqToken, js.OrEqToken, js.NullishEqToken, js.AndEqToken:
			guarded = same(p.X, child) // the code sets it itself
		}
	case *js.IfStmt, *js.WhileStmt:
		guarded = true
	case *js.CondExpr:
		guarded = same(p.Cond, child)
	case *js.BindingElement:
		if same(p.Binding, child) {
			return // where the variable is declared
		}
	}
	r.note(name, at, method, guarded || r.conditional(i))
}

// conditional says whether the code around i of the stack runs only if something in env says so.
func (r *reader) conditional(i int) bool {
	for ; i > 0; i-- {
		var condition js.INode
		switch p := r.stack[i-1].(type) {
		case *js.IfStmt:
			condition = p.Cond
		case *js.CondExpr:
			condition = p.Cond
		case *js.BinaryExpr:
			if p.Op == js.AndToken || p.Op == js.OrToken || p.Op == js.NullishToken {
				condition = p.X
			}
		case *js.FuncDecl, *js.MethodDecl, *js.ClassDecl:
			return false
		}
		if condition != nil && r.asksEnv(condition) {
			return true
		}
	}
	return false
}

// asksEnv says whether a condition looks at env, or at what was taken from it.
func (r *reader) asksEnv(condition js.INode) bool {
	q := &question{reader: r}
	js.Walk(q, condition)
	return q.found
}

type question struct {
	*reader
	found bool
}

// Enter implements js.IVisitor.
func (q *question) Enter(n js.INode) js.IVisitor {
	switch n := n.(type) {
	case *js.Var:
		_, taken := q.taken[root(n)]
		q.found = q.found || taken || q.envs[root(n)]
	case *js.DotExpr:
		q.found = q.found || is(n.Y, "env")
	}
	return q
}

// Exit implements js.IVisitor.
func (q *question) Exit(js.INode) {}

// same says whether two nodes are one.
func same(a, b js.INode) bool { return a != nil && b != nil && a == b }
