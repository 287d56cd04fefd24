package io.carnelian.ops.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table in Markdown whose columns are also aligned for a terminal: text left, figures right. */
public final class ResultTable {
    private final List<List<String>> rows = new ArrayList<>();

    public ResultTable(String... header) {
        row(header);
    }

    public void row(String... cells) {
        rows.add(List.of(cells));
    }

    public void print(PrintWriter out) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        printRow(out, rows.getFirst(), widths);
        StringBuilder rule = new StringBuilder("|");
        for (int i = 0; i < columns; i++) {
            rule.append("-".repeat(widths[i] + 1)).append(i == 0 ? "-|" : ":|");
        }
        out.println(rule);
        for (List<String> row : rows.subList(1, rows.size())) {
            printRow(out, row, widths);
        }
        out.flush();
    }

    private static void printRow(PrintWriter out, List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            String blank = " ".repeat(widths[i] - cell.length());
            line.append(' ').append(i == 0 ? cell + blank : blank + cell).append(" |");
        }
        out.println(line);
    }

    /** The middle value; of an even number of values the mean of the two in the middle. */
    public static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
