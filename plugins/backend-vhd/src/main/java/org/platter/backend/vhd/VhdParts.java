// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/**
 * The files of an image that Virtual PC has split ({@code .vhd}, {@code .v01}, …), one behind the other as the one
 * storage that they were. For reading only: an image that changes would move from part to part. For any thread.
 * Source: docs/formats/vhd.md, section 1.
 */
final class VhdParts implements Storage {
    /** Files of an image, at most. */
    private static final int MOST = 64;

    private final List<Storage> storages;
    private final List<String> names;
    private final long[] ends; // of each storage, counted from the start of the first

    private VhdParts(List<Storage> storages, List<String> names) throws IOException {
        this.storages = storages;
        this.names = names;
        ends = new long[storages.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = (i == 0 ? 0 : ends[i - 1]) + storages.get(i).size();
        }
    }

    /**
     * The image's storage, with its parts behind it if it has any. Files of the right names belong to an image that
     * lacks its footer, unless the last one ends with the footer of another.
     */
    static Storage of(ImageContext context) throws IOException {
        Storage first = context.storage();
        if (VhdFooters.ends(first)) {
            return first;
        }
        List<Storage> storages = new ArrayList<>(List.of(first));
        List<String> names = new ArrayList<>(List.of(context.name()));
        String stem = context.name().substring(0, Math.max(0, context.name().lastIndexOf('.')));
        List<String> siblings = context.siblings();
        while (names.size() < MOST) {
            String wanted = stem + String.format(Locale.ROOT, ".v%02d", names.size());
            String name = siblings.stream()
                    .filter(wanted::equalsIgnoreCase)
                    .min((a, b) -> Boolean.compare(b.equals(wanted), a.equals(wanted)))
                    .orElse("");
            if (name.isEmpty()) {
                break;
            }
            storages.add(context.storageForReading(name));
            names.add(name);
        }
        VhdParts parts = new VhdParts(storages, names);
        return names.size() > 1 && VhdFooters.belong(first, parts) ? parts : first;
    }

    /** The names of the files, the first one first. */
    List<String> names() {
        return names;
    }

    @Override
    public URI location() {
        return storages.get(0).location();
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        int limit = dst.limit();
        long at = position;
        for (int i = 0; i < ends.length && dst.position() < limit; i++) {
            if (at < ends[i]) {
                dst.limit((int) Math.min(limit, dst.position() + ends[i] - at));
                int step = dst.remaining();
                storages.get(i).read(dst, at - (i == 0 ? 0 : ends[i - 1]));
                dst.limit(limit);
                at += step;
            }
        }
        if (dst.hasRemaining()) {
            throw new EOFException("position " + at + " is behind the end of the last part at " + size());
        }
    }

    @Override
    public long size() {
        return ends[ends.length - 1];
    }

    @Override
    public long allocatedSize() throws IOException {
        long all = 0;
        for (Storage each : storages) {
            all += each.allocatedSize();
        }
        return all;
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public void resize(long size) throws IOException {
        throw refusal();
    }

    @Override
    public void flush() {}

    /** Why such an image cannot be changed. */
    DiskException refusal() {
        return new DiskException(
                ErrorCode.NOT_SUPPORTED,
                "VHD: the image is split into " + String.join(", ", names)
                        + " and can only be read; convert it into one file to change it");
    }

    /** The storages belong to the platform. */
    @Override
    public void close() {}
}
