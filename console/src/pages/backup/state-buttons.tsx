import { Button, Group } from "@mantine/core";
import { useNumbers } from "../../ui/time.tsx";

type Choice<S extends string> = { value: S | undefined; name: string; count: number | undefined };
type StateButtonsProps<S extends string> = {
  /** What is chosen by them, for those who do not see it. */
  label: string;
  choices: readonly Choice<S>[];
  chosen: S | undefined;
  onChoose(value: S | undefined): void;
};

/** One button for each state, with how many there are. */
export function StateButtons<S extends string>({ label, choices, chosen, onChoose }: StateButtonsProps<S>) {
  const { count } = useNumbers();
  return (
    <Group gap="xs" mb="md" role="group" aria-label={label}>
      {choices.map(({ value, name, count: n }) => (
        <Button
          key={value ?? ""}
          size="xs"
          variant={value === chosen ? "filled" : "default"}
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {n === undefined ? name : `${name} ${count(n)}`}
        </Button>
      ))}
    </Group>
  );
}
