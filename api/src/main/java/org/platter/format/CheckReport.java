// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check or repair found. A report keeps at most {@value #MOST} findings but counts all.
 *
 * @param errors contradictions that can lose or mix up data, still there
 * @param leaks blocks of storage that nothing refers to, still there
 * @param repaired faults and leaks mended by this call
 * @param findings one for each fault, in the order found, the first {@value #MOST}
 */
public record CheckReport(long errors, long leaks, long repaired, List<Finding> findings) {
    /** How many findings a report keeps. */
    public static final int MOST = 1000;

    /** Copies the findings. */
    public CheckReport {
        findings = List.copyOf(findings.subList(0, Math.min(findings.size(), MOST)));
    }

    /** How bad a finding is. */
    public enum Severity {
        /** Data is or may become wrong. */
        ERROR,
        /** Space is lost. */
        LEAK,
        /** Worth knowing, harmless. */
        NOTE
    }

    /**
     * One fault.
     *
     * @param severity how bad
     * @param what a sentence with the values in it
     * @param offset the place on the disk, or -1 if it concerns the whole image
     */
    public record Finding(Severity severity, String what, long offset) {}

    /** Gathers findings into a report, in bounded memory. For one thread. */
    public static final class Builder {
        private final List<Finding> findings = new ArrayList<>();
        private long errors;
        private long leaks;
        private long repaired;

        /** Adds an error that is still there. */
        public Builder error(long offset, String what) {
            errors++;
            return add(Severity.ERROR, offset, what);
        }

        /** Adds leaked blocks that are still there. */
        public Builder leak(long blocks, String what) {
            leaks += blocks;
            return add(Severity.LEAK, -1, what);
        }

        /** Adds a fault that has been mended. */
        public Builder repaired(Severity severity, long offset, String what) {
            repaired++;
            return add(severity, offset, what + "; repaired");
        }

        /** Adds something worth knowing. */
        public Builder note(long offset, String what) {
            return add(Severity.NOTE, offset, what);
        }

        private Builder add(Severity severity, long offset, String what) {
            if (findings.size() < MOST) {
                findings.add(new Finding(severity, what, offset));
            }
            return this;
        }

        /** All that was added. */
        public CheckReport report() {
            return new CheckReport(errors, leaks, repaired, findings);
        }
    }
}
