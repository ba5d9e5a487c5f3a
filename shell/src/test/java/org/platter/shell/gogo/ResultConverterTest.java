// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Converter;
import org.junit.jupiter.api.Test;
import org.platter.shell.command.JobReport;
import org.platter.shell.print.Listing;

class ResultConverterTest {
    private static final JobReport JOB = new JobReport(3, "convert", "running", 1, 2, 1024, Optional.of(1L), 50);
    private final ResultConverter converter = new ResultConverter();

    @Test
    void resultsAreShownAsText() throws IOException {
        assertEquals("job 3 running 50%: convert", format(JOB, Converter.INSPECT));
        assertEquals(
                "ID  STATE    DONE  RATE     NAME\n 3  running  50%   1 KiB/s  convert",
                format(new Listing<>(JobReport.COLUMNS, List.of(JOB)), Converter.INSPECT));
    }

    @Test
    void rowsAreLinesAndNames() throws IOException {
        assertEquals("3  running  50%  1 KiB/s  convert", format(JOB, Converter.LINE));
        assertEquals("3", format(JOB, Converter.PART));
        assertEquals("3", converter.convert(String.class, JOB));
    }

    @Test
    void othersAreLeftToOthers() throws IOException {
        assertNull(format("text", Converter.INSPECT));
        assertNull(converter.convert(Integer.class, JOB));
    }

    private String format(Object value, int level) throws IOException {
        CharSequence text = converter.format(value, level, null);
        return text == null ? null : text.toString();
    }
}
