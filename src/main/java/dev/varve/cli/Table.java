package dev.varve.cli;

import java.util.Arrays;
import java.util.List;

/** Prints rows with aligned columns. */
final class Table {
    private Table() {}

    /** @param right numbers of the columns that are aligned to the right */
    static void print(List<String[]> rows, Terminal terminal, int... right) throws ClosedOutputException {
        int columns = rows.get(0).length;
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                int column = i;
                String padding = " ".repeat(widths[i] - row[i].length());
                boolean toTheRight = Arrays.stream(right).anyMatch(r -> r == column);
                line.append(i == 0 ? "" : "  ").append(toTheRight ? padding + row[i] : row[i] + padding);
            }
            terminal.line(line.toString().stripTrailing());
        }
    }
}
