// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.disk.Job;

class ProgressTest {
    private static final Job.Progress HALF = new Job.Progress(512L << 20, 1L << 30, 100L << 20, 75);

    @Test
    void theBarShowsPercentBytesRateAndTimeLeft() {
        assertEquals(
                " 50% [====================                    ] 512 MiB of 1 GiB  100 MiB/s  1:15 min left",
                ProgressBar.line(HALF, Job.State.RUNNING, 120));
    }

    @Test
    void aPausedJobSaysSo() {
        assertTrue(ProgressBar.line(HALF, Job.State.PAUSED, 120).endsWith("1 GiB  paused"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 40, 60, 79, 200})
    void theBarFitsTheTerminal(int width) {
        assertTrue(ProgressBar.line(HALF, Job.State.RUNNING, width).length() <= width);
    }

    @Test
    void aJobThatHasJustStartedIsNotDone() {
        Job.Progress nothing = new Job.Progress(0, 0, 0, -1);
        assertEquals(0, Progress.percent(nothing, Job.State.RUNNING));
        assertEquals(100, Progress.percent(nothing, Job.State.DONE));
        assertEquals(50, Progress.percent(HALF, Job.State.RUNNING));
    }

    @Test
    void linesAreJsonObjects() {
        JsonObject line = parse(ProgressLines.line(7, HALF, Job.State.RUNNING));
        assertEquals(List.of("job", "done", "total", "rate", "remaining", "percent"), List.copyOf(line.keySet()));
        assertEquals(7, line.get("job").getAsInt());
        assertEquals(50, line.get("percent").getAsInt());
        assertEquals(75, line.get("remaining").getAsInt());
    }

    @Test
    void anUnknownTimeIsNull() {
        String line = ProgressLines.line(1, new Job.Progress(0, 10, 0, -1), Job.State.RUNNING);
        assertTrue(parse(line).get("remaining").isJsonNull());
    }

    private static JsonObject parse(String text) {
        return new Gson().fromJson(text, JsonObject.class);
    }
}
