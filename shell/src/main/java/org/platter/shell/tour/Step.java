// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.IOException;
import java.util.function.Predicate;

/**
 * One step of the tour.
 *
 * @param title what it does
 * @param applies whether what it needs is installed
 * @param action does it and answers how much it moved and what came out
 */
record Step(String title, Predicate<Tour> applies, Action action) {
    /** A step that always applies. */
    static Step of(String title, Action action) {
        return new Step(title, tour -> true, action);
    }

    /** What a step does; a failure says what did not hold. */
    interface Action {
        Figures run(Tour tour) throws IOException;
    }

    /**
     * What came out of a step.
     *
     * @param bytes how much it moved, or 0 if that says nothing
     * @param text the rest
     */
    record Figures(long bytes, String text) {}
}
