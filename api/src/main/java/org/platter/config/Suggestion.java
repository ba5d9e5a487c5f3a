// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import java.util.Collection;

/** Finds what a misspelt word may have meant, for messages. */
public final class Suggestion {
    private static final int LONGEST = 40;

    private Suggestion() {}

    /** {@code "; did you mean X"}, or nothing if no known word is near; compared with case. */
    public static String of(String word, Collection<String> known) {
        String best = null;
        int least = word.length() < 3 ? 0 : word.length() / 3 + 2;
        for (String candidate : known) {
            int distance = word.length() > LONGEST ? least : distance(word, candidate);
            if (distance < least) {
                best = candidate;
                least = distance;
            }
        }
        return best == null ? "" : "; did you mean " + best;
    }

    /** How many letters must be added, removed or replaced. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
