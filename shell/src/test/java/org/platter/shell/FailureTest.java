// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.option.UsageException;

class FailureTest {
    @Test
    void failuresAreOneLineWithTheirCode() {
        assertFailure(
                1,
                "platter: info: a.vdi: VDI header: size 0 [BAD_HEADER]",
                new DiskException(ErrorCode.BAD_HEADER, "a.vdi: VDI header: size 0"));
        assertFailure(1, "platter: info: x does not exist [NOT_FOUND]", new NoSuchFileException("x"));
        assertFailure(1, "platter: info: no permission for x [DENIED]", new AccessDeniedException("x"));
        assertFailure(
                1, "platter: info: No space left on device [DISK_FULL]", new IOException("No space left on device"));
        assertFailure(1, "platter: info: odd [IO]", new IOException("odd"));
    }

    @Test
    void wrongUsageSaysWhereHelpIs() {
        assertFailure(
                2,
                "platter: info: IMAGE is missing; see platter info --help [USAGE]",
                new UsageException("IMAGE is missing"));
        assertFailure(
                2,
                "platter: info: offset 1 is no multiple of 512; see platter info --help [USAGE]",
                new IllegalArgumentException("offset 1 is no multiple of 512"));
    }

    @Test
    void cancelledHasItsOwnStatus() {
        assertFailure(130, "platter: info: cancelled [CANCELLED]", new DiskException(ErrorCode.CANCELLED, "cancelled"));
    }

    @Test
    void whatNobodyExpectedIsSaidToo() {
        assertFailure(
                1,
                "platter: info: unexpected java.lang.IllegalStateException: why [INTERNAL]",
                new IllegalStateException("why"));
    }

    @Test
    void noSecretAndNoTerminalCommandLeaves() {
        String line = failure(new DiskException(ErrorCode.IO, "iscsi://joe%hunter2@h/t/0: \u001b[31m\nred"))
                .line();
        assertFalse(line.contains("hunter2"), line);
        assertEquals("platter: info: iscsi://joe%***@h/t/0: \\u001b[31m\\nred [IO]", line);
    }

    private static void assertFailure(int status, String line, Exception cause) {
        assertEquals(line, failure(cause).line());
        assertEquals(status, failure(cause).status());
    }

    private static Failure failure(Exception cause) {
        return Failure.of("info", "platter info --help", cause);
    }
}
