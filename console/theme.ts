import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Indigo, the colour of Japanese workwear; from its sixth shade on, white text on it has contrast enough (AA). */
const indigo: MantineColorsTuple = [
  "#eef3fa",
  "#dbe6f3",
  "#b6cce7",
  "#8dafd9",
  "#6a96cd",
  "#3f74b3",
  "#1b4f8f",
  "#17447c",
  "#123764",
  "#0c294d",
];

/** The theme, of which the build makes a stylesheet: the content security policy allows no styles made at run time. */
export const theme = createTheme({
  colors: { indigo },
  primaryColor: "indigo",
  primaryShade: 6,
  black: "#16202c",
  defaultRadius: "md",
  fontFamily:
    "system-ui, -apple-system, 'Hiragino Sans', 'Noto Sans JP', 'Noto Sans CJK JP', 'Yu Gothic UI', Meiryo, sans-serif",
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } },
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { lockScroll: false, centered: true } },
    Drawer: { defaultProps: { lockScroll: false } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: "right" } },
  },
});
