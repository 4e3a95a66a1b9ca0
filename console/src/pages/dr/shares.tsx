/** How a whole divides into parts, as one bar; the numbers stand beside it. */
export function Shares({ parts }: { parts: readonly (readonly [name: string, part: number])[] }) {
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  const before = (index: number) => parts.slice(0, index).reduce((sum, [, part]) => sum + part, 0);
  return (
    <svg className="shares" viewBox={`0 0 ${Math.max(1, whole)} 1`} preserveAspectRatio="none" aria-hidden="true">
      {parts.map(([name, part], index) => (
        <rect key={name} data-part={name} x={before(index)} width={part} y="0" height="1" />
      ))}
    </svg>
  );
}
