// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/** An open QED image, for reading. For any thread, without locks. */
final class QedImage implements Image {
    private static final long MOST_RUN = 1 << 16; // entries that one answer looks at
    private static final int ZERO = 1;
    private static final String RAW = "RAW";

    private final QedHeader header;
    private final QedTables tables;
    private final Storage shown;
    private final ImageInfo info;

    private QedImage(Storage storage, QedHeader header, Optional<ParentLink> parent) throws IOException {
        this.header = header;
        tables = new QedTables(storage, header);
        shown = new ReadOnlyStorage(storage, ErrorCode.READ_ONLY, "QED images are only read");
        List<String> notes = new ArrayList<>(List.of("QED images are only read."));
        if (header.has(QedHeader.NEEDS_CHECK)) {
            notes.add("The image is marked as in need of a check: who wrote it last did not close it.");
        }
        info = ImageInfo.of("1", header.size(), header.cluster(), Set.of(), QedBackend.CAPABILITIES)
                .withParent(parent)
                .withNotes(notes);
    }

    static QedImage opened(Storage storage) throws IOException {
        QedHeader header = QedBackend.header(storage).validated(storage.size());
        return new QedImage(
                storage, header, header.has(QedHeader.BACKING) ? parent(storage, header) : Optional.empty());
    }

    private static Optional<ParentLink> parent(Storage storage, QedHeader header) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) header.backingLength());
        storage.read(bytes, header.backingPosition());
        String name;
        try {
            name = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, "QED header: the name of the backing file is not UTF-8", e);
        }
        if (name.chars().anyMatch(c -> c < ' ')) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, "QED header: the name of the backing file has control characters");
        }
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of(name));
        return Optional.of(header.has(QedHeader.BACKING_IS_RAW) ? link.withFormat(RAW) : link);
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        if (offset < 0 || length <= 0 || length > header.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + header.size() + " bytes");
        }
        long index = offset / header.cluster();
        long last = Math.min((offset + length - 1) / header.cluster() + 1, index + MOST_RUN);
        long entry = tables.cluster(index);
        long next = entry <= ZERO && entry >= 0 ? tables.runEnd(index, last) : adjacentEnd(index, last, entry);
        long count = Math.min(next * header.cluster(), offset + length) - offset;
        if (entry == 0) {
            return new Run.Free(offset, count);
        } else if (entry == ZERO) {
            return new Run.Zero(offset, count);
        }
        tables.require(entry, (next - index) * header.cluster(), "second table: cluster " + index);
        return new Run.Data(offset, count, shown, entry + offset % header.cluster());
    }

    private long adjacentEnd(long index, long last, long entry) throws IOException {
        long next = index + 1;
        while (next < last && tables.cluster(next) == entry + (next - index) * header.cluster()) {
            next++;
        }
        return next;
    }

    /** The storage belongs to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
