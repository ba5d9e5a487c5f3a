// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Comparison;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
import org.platter.disk.Job;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.shell.command.Invocation;

/** What the steps of a tour share. */
final class Tour {
    /** The size of the disk at first, bytes. */
    static final long SIZE = 256L << 20;

    private static final String FAVOURITE = "VDI";

    private final Invocation invocation;
    private final Path folder;
    private final Material material = Material.find();
    private final List<Piece> pieces = new ArrayList<>();
    private VirtualDisk disk;

    /** Bytes of the material that were written to the disk. */
    record Piece(long offset, long position, int length) {}

    Tour(Invocation invocation, Path folder) {
        this.invocation = invocation;
        this.folder = folder;
        this.disk = invocation.closing(manager().newDisk());
    }

    DiskManager manager() {
        return invocation.manager();
    }

    Path folder() {
        return folder;
    }

    Material material() {
        return material;
    }

    List<Piece> pieces() {
        return pieces;
    }

    /** The disk that the tour is about. */
    VirtualDisk disk() {
        return disk;
    }

    /** The format of that disk: VDI, else any that can do differencing images. */
    FormatInfo format() throws DiskException {
        return manager()
                .format(FAVOURITE)
                .or(() -> manager().formats().stream()
                        .filter(format -> format.capabilities().contains(Capability.DIFF))
                        .findFirst())
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_FOUND, "no format that can do differencing images is installed"));
    }

    Optional<FormatInfo> format(String name) {
        return manager().format(name);
    }

    /** An image of the tour, by name and format. */
    CreateRequest image(String stem, FormatInfo format) {
        String extension =
                format.extensions().isEmpty() ? "img" : format.extensions().get(0);
        return CreateRequest.of(folder.resolve(stem + "." + extension).toUri()).withFormat(format.name());
    }

    /** Fails with {@code CANCELLED} if the user wants no more. */
    void check() throws DiskException {
        invocation.cancellation().check();
    }

    <T> T await(Job<T> job) throws DiskException {
        return invocation.await(job);
    }

    /** Makes a flat copy of the disk; answers the bytes of its file. */
    long convert(CreateRequest request) throws IOException {
        try (VirtualDisk copy = manager().newDisk()) {
            await(disk.copy(disk.last(), CopyRequest.into(copy, request)));
        }
        return Files.size(Path.of(request.location()));
    }

    /** Fails unless the disk reads the same as that image. */
    void mustEqual(CreateRequest other) throws IOException {
        try (VirtualDisk second = manager().newDisk()) {
            second.openChain(OpenRequest.of(other.location())
                    .withFormat(other.format().orElseThrow())
                    .with(OpenFlag.READ_ONLY));
            Comparison result = await(disk.compare(second));
            if (!result.identical()) {
                throw new DiskException(
                        ErrorCode.CORRUPT, other.location() + " differs from the disk at " + result.difference());
            }
        }
    }

    /** Closes the disk and opens it again from its newest image. */
    void reopen() throws DiskException {
        OpenRequest request = OpenRequest.of(disk.last().location());
        disk.close();
        disk = invocation.closing(manager().newDisk());
        disk.openChain(request);
    }
}
