// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

/** How much tests do: everything where {@code PLATTER_CI} is true, else enough for a build at a desk. */
final class Thoroughness {
    static final boolean FULL = "true".equals(System.getenv("PLATTER_CI"));

    private Thoroughness() {}

    /** The point to try after this one: the next, or the first few and then every one that is a third later. */
    static int after(int point) {
        return FULL || point < 6 ? point + 1 : point + point / 3;
    }
}
