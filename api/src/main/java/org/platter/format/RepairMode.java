// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

/** How far {@link Image#repair} may go. */
public enum RepairMode {
    /** Nothing that can be reached, or could be recovered by other means, is given up. */
    SAFE,
    /** What cannot be mended otherwise is given up; each finding says what was lost. */
    LOSSY
}
