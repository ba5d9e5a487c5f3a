// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.print.OutputException;
import org.platter.shell.print.Places;
import org.platter.shell.print.Text;

/**
 * Why a command line did not do what it should.
 *
 * @param status the exit status
 * @param line what to tell the user, or empty for nothing
 * @param cause what happened
 */
record Failure(int status, String line, Throwable cause) {
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int CANCELLED = 130;

    /** The failure of that command; {@code hint} says how to get help. */
    static Failure of(String command, String hint, Throwable cause) {
        if (cause instanceof IllegalArgumentException) {
            String why = String.valueOf(cause.getMessage()) + "; see " + hint;
            return new Failure(USAGE, line(command, why, "USAGE"), cause);
        }
        if (cause instanceof DiskException disk) {
            int status = disk.code() == ErrorCode.CANCELLED ? CANCELLED : FAILED;
            return new Failure(
                    status, line(command, disk.getMessage(), disk.code().name()), cause);
        }
        if (cause instanceof OutputException output && output.closed()) {
            return new Failure(0, "", cause);
        }
        if (cause instanceof IOException io) {
            return new Failure(FAILED, line(command, message(io), code(io).name()), cause);
        }
        return new Failure(FAILED, line(command, "unexpected " + cause, "INTERNAL"), cause);
    }

    private static String line(String command, String why, String code) {
        return Text.safe(Places.withoutSecrets("platter: " + command + ": " + why.strip() + " [" + code + "]"));
    }

    private static ErrorCode code(IOException e) {
        if (e instanceof NoSuchFileException) {
            return ErrorCode.NOT_FOUND;
        }
        if (e instanceof AccessDeniedException) {
            return ErrorCode.DENIED;
        }
        if (e instanceof FileAlreadyExistsException) {
            return ErrorCode.EXISTS;
        }
        return String.valueOf(e.getMessage()).contains("No space left") ? ErrorCode.DISK_FULL : ErrorCode.IO;
    }

    private static String message(IOException e) {
        if (e instanceof FileSystemException file && file.getReason() == null) {
            return switch (code(e)) {
                case NOT_FOUND -> file.getFile() + " does not exist";
                case DENIED -> "no permission for " + file.getFile();
                case EXISTS -> file.getFile() + " exists already";
                default -> file.getFile() + ": " + e.getClass().getSimpleName();
            };
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
