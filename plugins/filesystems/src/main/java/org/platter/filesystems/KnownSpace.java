// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.platter.filesystems.layout.Part;
import org.platter.filesystems.layout.Region;
import org.platter.filesystems.type.Found;
import org.platter.space.DiskSpace;
import org.platter.space.SpaceCursor;
import org.platter.space.SpaceRange;
import org.platter.space.Volume;

/** What was found, and the pieces of the disk that a file system answers for. */
final class KnownSpace implements DiskSpace {
    private final List<Volume> volumes = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();

    /** A piece of the disk and who answers for it. */
    private record Answer(Region.Piece piece, Found found) {}

    void leave(Part part, String type, String reason) {
        volumes.add(new Volume(part.name(), part.offset(), part.length(), type, part.label(), -1, reason));
    }

    void add(Part part, Region region, Optional<Found> holds) {
        if (holds.isEmpty()) {
            leave(part, "unknown", "It holds nothing that is known.");
            return;
        }
        Found found = holds.get();
        String label = found.label().isEmpty() ? part.label() : found.label();
        boolean known = found.reason().isEmpty();
        long used = known ? region.size() - found.free() : -1;
        volumes.add(new Volume(part.name(), part.offset(), part.length(), found.type(), label, used, found.reason()));
        if (known) {
            region.pieces().forEach(piece -> answers.add(new Answer(piece, found)));
        }
    }

    @Override
    public List<Volume> volumes() {
        return List.copyOf(volumes);
    }

    @Override
    public SpaceCursor unused() {
        List<Answer> sorted = new ArrayList<>(answers);
        sorted.sort(Comparator.comparingLong(answer -> answer.piece().offset()));
        return new Cursor(sorted);
    }

    private static final class Cursor implements SpaceCursor {
        private final List<Answer> answers;
        private int index = -1;
        private SpaceCursor current = Optional::empty;

        Cursor(List<Answer> answers) {
            this.answers = answers;
        }

        @Override
        public Optional<SpaceRange> next() throws IOException {
            Optional<SpaceRange> range = current.next();
            while (range.isEmpty() && index + 1 < answers.size()) {
                Answer answer = answers.get(++index);
                current = answer.found()
                        .ranges()
                        .between(answer.piece().start(), answer.piece().end());
                range = current.next();
            }
            if (range.isEmpty()) {
                return range;
            }
            Region.Piece piece = answers.get(index).piece();
            return Optional.of(new SpaceRange(
                    piece.offset() + range.get().offset() - piece.start(),
                    range.get().length()));
        }
    }
}
