/** A kind of request as kafkajs has it: what makes one, by version. */
interface RequestKind<Content, Made> {
  protocol(options: { version: number | string }): ((content: Content) => Made) | undefined;
}

/** Has every request of the kind, from the version on, made by `make` instead, which gets kafkajs's own way to. */
export function changeRequests<Content, Made>(
  kind: RequestKind<Content, Made>,
  since: number,
  make: (create: (content: Content) => Made, content: Content, version: number) => Made,
): void {
  const original = kind.protocol;
  kind.protocol = ({ version }) => {
    const create = original({ version });
    if (create === undefined || Number(version) < since) return create;
    return (content) => make(create, content, Number(version));
  };
}
