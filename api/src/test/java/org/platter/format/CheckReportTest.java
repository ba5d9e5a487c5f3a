// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.platter.format.CheckReport.Finding;
import org.platter.format.CheckReport.Severity;

class CheckReportTest {
    @Test
    void countsByKind() {
        CheckReport report = new CheckReport.Builder()
                .error(4096, "two blocks in one place")
                .leak(3, "three blocks of nobody")
                .repaired(Severity.ERROR, 8192, "entry out of range")
                .note(0, "old version")
                .report();
        assertEquals(1, report.errors());
        assertEquals(3, report.leaks());
        assertEquals(1, report.repaired());
        assertEquals(
                List.of(
                        new Finding(Severity.ERROR, "two blocks in one place", 4096),
                        new Finding(Severity.LEAK, "three blocks of nobody", -1),
                        new Finding(Severity.ERROR, "entry out of range; repaired", 8192),
                        new Finding(Severity.NOTE, "old version", 0)),
                report.findings());
    }

    @Test
    void keepsTheFirstFindingsButCountsAll() {
        CheckReport.Builder builder = new CheckReport.Builder();
        for (int i = 0; i < CheckReport.MOST + 500; i++) {
            builder.error(i, "fault " + i);
        }
        CheckReport report = builder.report();
        assertEquals(CheckReport.MOST + 500, report.errors());
        assertEquals(CheckReport.MOST, report.findings().size());
        assertEquals("fault 0", report.findings().get(0).what());
    }

    @Test
    void reportDoesNotChangeAfterwards() {
        CheckReport.Builder builder = new CheckReport.Builder();
        CheckReport report = builder.report();
        builder.error(0, "later");
        assertEquals(0, report.findings().size());
        List<Finding> findings = report.findings();
        assertThrows(UnsupportedOperationException.class, findings::clear);
    }
}
