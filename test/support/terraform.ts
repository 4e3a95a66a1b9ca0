import { join, normalize } from "node:path";
import { evaluate } from "./evaluate.ts";
import { Opened, type Scope, Unknown } from "./hcl.ts";
import { asWritten, type Body, base, expressions, expressionsIn, type Module, readModule } from "./terraform-files.ts";
import { conform } from "./type-constraints.ts";

/** One resource that would be made, with all that its file says of it. */
export type Resource = {
  /** As Terraform writes it: `module.site.google_x.y["key"]`. */
  address: string;
  type: string;
  key: string;
  values: Body;
  /** Addresses of the resources and data that it is made after, or made of. */
  needs: ReadonlySet<string>;
};

/** All that a root makes with these variables. @throws Error for whatever Terraform could not evaluate either. */
export async function plan(root: string, variables: Body, edit = asWritten): Promise<Resource[]> {
  const modules = new Map<string, Module>();
  const load = async (folder: string): Promise<void> => {
    if (modules.has(folder)) return;
    const loaded = await readModule(folder, edit);
    modules.set(folder, loaded);
    for (const [address, body] of loaded.blocks) {
      if (address.startsWith("module.")) await load(normalize(join(folder, String((body as Body).source))));
    }
  };
  await load(root);
  const resources: Resource[] = [];
  const moduleOf = (folder: string) => modules.get(folder) ?? fail(`no module ${folder}`);
  new Instance(moduleOf, root, "", () => variables, resources).evaluateAll();
  return resources;
}

function fail(message: string): never {
  throw new Error(message);
}

/** What is being evaluated, so that it knows what it needed. */
type Frame = Set<string>;
type Known = { value: unknown; needs: ReadonlySet<string> };

/** One use of a module. */
class Instance {
  readonly #moduleOf: (folder: string) => Module;
  readonly #module: Module;
  readonly #prefix: string;
  readonly #inputs: (frame: Frame) => Body;
  readonly #resources: Resource[];
  readonly #known = new Map<string, Known>();
  readonly #children = new Map<string, Record<string, Instance>>();

  constructor(
    moduleOf: (folder: string) => Module,
    folder: string,
    prefix: string,
    inputs: (frame: Frame) => Body,
    resources: Resource[],
  ) {
    this.#moduleOf = moduleOf;
    this.#module = moduleOf(folder);
    this.#prefix = prefix;
    this.#inputs = inputs;
    this.#resources = resources;
  }

  evaluateAll(): void {
    for (const address of this.#module.blocks.keys()) this.#get(address, new Set());
  }

  #body(address: string): unknown {
    if (!this.#module.blocks.has(address)) fail(`${this.#module.folder} has no ${address}`);
    return this.#module.blocks.get(address);
  }

  /** The value of a block, evaluated once; adds what it needs to the frame. */
  #get(address: string, frame: Frame): unknown {
    let known = this.#known.get(address);
    if (!known) {
      const needs: Frame = new Set();
      known = { value: this.#make(address, needs), needs };
      this.#known.set(address, known);
    }
    for (const need of known.needs) frame.add(need);
    return known.value;
  }

  #make(address: string, frame: Frame): unknown {
    const body = this.#body(address);
    const [kind = "", name = ""] = address.split(".");
    if (kind === "local") return this.#value(body, frame);
    if (kind === "output") return this.#value((body as Body).value, frame);
    if (kind === "var") return this.#variable(name, body as Body, frame);
    if (kind === "module") return this.#call(address, body as Body, frame);
    return this.#resource(address, body as Body, frame);
  }

  #variable(name: string, body: Body, frame: Frame): unknown {
    const given = this.#inputs(frame);
    if (!(name in given) && !("default" in body)) fail(`${this.#prefix}var.${name} is not given`);
    const value = name in given ? given[name] : this.#value(body.default, frame);
    const [type] = expressionsIn(body.type);
    return type ? conform(type, value, `${this.#prefix}var.${name}`) : value;
  }

  #call(address: string, body: Body, frame: Frame): unknown {
    const { source, for_each: each, depends_on: after, ...inputs } = body;
    this.#value(after, frame);
    const folder = normalize(join(this.#module.folder, String(source)));
    const known = this.#moduleOf(folder).blocks;
    const unknown = Object.keys(inputs).filter((input) => !known.has(`var.${input}`));
    if (unknown.length > 0) fail(`${address} has no input ${unknown}`);
    const made = (key?: string, value?: unknown) => {
      const prefix = `${this.#prefix}${address}${key === undefined ? "" : `["${key}"]`}.`;
      const given = (needs: Frame) =>
        this.#value(inputs, needs, key === undefined ? undefined : { key, value }) as Body;
      const child = new Instance(this.#moduleOf, folder, prefix, given, this.#resources);
      child.evaluateAll();
      return child;
    };
    const list = each === undefined ? { "": made() } : mapEach(this.#value(each, frame), made);
    this.#children.set(address, list);
    for (const child of Object.values(list)) frame.add(child.#prefix.slice(0, -1));
    return list;
  }

  #resource(address: string, body: Body, frame: Frame): unknown {
    const { for_each: each, provider: _, lifecycle: __, depends_on: after, ...rest } = body;
    const made = (key?: string, value?: unknown) => {
      const own: Frame = new Set(frame);
      this.#value(after, own);
      const full = `${this.#prefix}${address}${key === undefined ? "" : `["${key}"]`}`;
      const values = this.#value(rest, own, key === undefined ? undefined : { key, value }) as Body;
      this.#resources.push({
        address: full,
        type: address.split(".").at(-2) ?? "",
        key: key ?? "",
        values,
        needs: own,
      });
      return new Opened(full, values);
    };
    return each === undefined ? made() : mapEach(this.#value(each, frame), made);
  }

  /** A body or any part of it, with its expressions evaluated and its dynamic blocks written out. */
  #value(part: unknown, frame: Frame, each?: { key: string; value: unknown }, local: Body = {}): unknown {
    const again = (inner: unknown, names = local) => this.#value(inner, frame, each, names);
    if (typeof part === "string") {
      const expression = expressions.get(part);
      return expression ? evaluate(expression, this.#scope(frame, each, local)) : part.replace(/\\(["\\])/g, "$1");
    }
    if (Array.isArray(part)) return part.map((inner) => again(inner));
    if (typeof part !== "object" || part === null) return part;
    const { dynamic, ...fields } = part as Body;
    const written = Object.entries(fields).map(([key, inner]) => [String(again(key)), again(inner)] as const);
    const repeated = Object.entries((dynamic ?? {}) as Body).map(([name, blocks]) => {
      const made = (blocks as { for_each: unknown; content: unknown[] }[]).flatMap(({ for_each: source, content }) =>
        Object.entries(again(source) as object).map(([key, value]) =>
          again(content[0], { ...local, [name]: { key, value } }),
        ),
      );
      return [name, made] as const;
    });
    const all: Body = Object.fromEntries(written);
    for (const [name, made] of repeated) all[name] = [...((all[name] as unknown[]) ?? []), ...made];
    return all;
  }

  #scope(frame: Frame, each: { key: string; value: unknown } | undefined, local: Body): Scope {
    return (name, path) => {
      const [first = "", second = ""] = path;
      if (name in local) return { value: local[name], taken: 0 };
      if (name === "each") return { value: each ?? fail("each without for_each"), taken: 0 };
      if (name === "path") return { value: { module: join(base, this.#module.folder) }, taken: 0 };
      if (name === "local" || name === "var") return { value: this.#get(`${name}.${first}`, frame), taken: 1 };
      if (name === "module") return this.#outputOf(`module.${first}`, path, frame);
      const data = name === "data";
      const address = data ? `data.${first}.${second}` : `${name}.${first}`;
      const value = this.#get(address, frame);
      for (const found of value instanceof Opened ? [value] : Object.values(value as Record<string, Opened>)) {
        frame.add(found.address);
      }
      return { value, taken: data ? 2 : 1 };
    };
  }

  #outputOf(address: string, path: readonly string[], frame: Frame): { value: unknown; taken: number } {
    this.#get(address, frame);
    const children = this.#children.get(address) ?? {};
    const [, output] = path;
    const single = children[""];
    if (output === undefined || !single) return { value: new Unknown(`${this.#prefix}${address}`), taken: path.length };
    return { value: single.#get(`output.${output}`, frame), taken: 2 };
  }
}

function mapEach<T>(each: unknown, made: (key: string, value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(each as Body).map(([key, value]) => [key, made(key, value)]));
}
