import { useSite } from "../api/site.ts";
import { useLabel } from "../texts/texts.ts";

/** Gives the name of a kind of configuration or history, such as call flows; one that is new is shown as it is. */
export function useKindName(): (kind: string) => string {
  const { kinds } = useSite();
  const label = useLabel();
  return (kind) => {
    const named = kinds?.[kind];
    return named ? label(named) : kind;
  };
}
