/** A kind of request as kafkajs has it: what makes one, by version. */
interface RequestKind<Content, Made> {
  protocol(options: { version: number | string }): ((content: Content) => Made) | undefined;
}

/** Has every request of the kind, from the version on, changed before kafkajs sends it. */
export function changeRequests<Content, Made>(
  kind: RequestKind<Content, Made>,
  since: number,
  change: (made: Made, content: Content, version: number) => Made,
): void {
  const original = kind.protocol;
  kind.protocol = ({ version }) => {
    const create = original({ version });
    if (create === undefined || Number(version) < since) return create;
    return (content) => change(create(content), content, Number(version));
  };
}
