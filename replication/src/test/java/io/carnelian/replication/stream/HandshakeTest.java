package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.replication.stream.Handshake.Continue;
import io.carnelian.replication.stream.Handshake.Event;
import io.carnelian.replication.stream.Handshake.FullResync;
import io.carnelian.replication.stream.Handshake.GiveUp;
import io.carnelian.replication.stream.Handshake.LegacySync;
import io.carnelian.replication.stream.Handshake.Note;
import io.carnelian.replication.stream.Handshake.Payload;
import io.carnelian.replication.stream.Handshake.Say;
import io.carnelian.replication.stream.Handshake.Stage;
import io.carnelian.replication.stream.Handshake.Words;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private static final String ID = "a".repeat(40);
    private static final String OTHER_ID = "b".repeat(40);

    private static Handshake plain() {
        return new Handshake(new Words("", "", 6380, "", ID, 1501, false));
    }

    private static Handshake asked() {
        Handshake handshake = plain();
        handshake.line("+PONG");
        handshake.line("+OK");
        assertThat(handshake.line("+OK")).containsExactly(new Say("PSYNC", ID, "1501"));
        return handshake;
    }

    @Test
    void saysEverythingAtOnceAndTakesTheAnswersInOrder() {
        Handshake handshake =
                new Handshake(new Words("ann", "secret", 6380, "10.0.0.1", "?", -1, false));
        assertThat(handshake.begin()).isEqualTo(new Say("PING"));
        assertThat(handshake.line("+PONG"))
                .containsExactly(
                        new Note(Event.PONG, "+PONG"),
                        new Say("AUTH", "ann", "secret"),
                        new Say("REPLCONF", "listening-port", "6380"),
                        new Say("REPLCONF", "ip-address", "10.0.0.1"),
                        new Say("REPLCONF", "capa", "eof", "capa", "psync2"));
        assertThat(handshake.line("+OK")).isEmpty();
        assertThat(handshake.line("-ERR what port?"))
                .containsExactly(new Note(Event.NO_LISTENING_PORT, "-ERR what port?"));
        assertThat(handshake.line("+OK")).isEmpty();
        assertThat(handshake.line("+OK")).containsExactly(new Say("PSYNC", "?", "-1"));
        assertThat(handshake.stage()).isEqualTo(Stage.PSYNC);
    }

    @Test
    void aPasswordAloneIsThatOfTheDefaultUser() {
        Handshake handshake = new Handshake(new Words("", "secret", 1, "", ID, 1, false));
        assertThat(handshake.line("-NOAUTH Authentication required."))
                .contains(new Say("AUTH", "secret"));
        assertThat(handshake.line("-WRONGPASS no"))
                .containsExactly(new GiveUp(Event.NO_AUTH, "-WRONGPASS no"));
    }

    @Test
    void anErrorToPingEndsIt() {
        assertThat(plain().line("-ERR no")).containsExactly(new GiveUp(Event.NO_PONG, "-ERR no"));
    }

    @Test
    void takesAFullResyncWithLengthOrMark() {
        Handshake handshake = asked();
        assertThat(handshake.line("")).isEmpty();
        assertThat(handshake.line("+FULLRESYNC " + OTHER_ID + " 77"))
                .containsExactly(new FullResync(OTHER_ID, 77));
        assertThat(handshake.line("")).isEmpty();
        assertThat(handshake.line("$1234")).containsExactly(new Payload(1234, ""));
        assertThatThrownBy(() -> handshake.line("+OK")).isInstanceOf(IllegalStateException.class);

        Handshake marked = asked();
        marked.line("+FULLRESYNC " + OTHER_ID + " 77");
        assertThat(marked.line("$EOF:" + ID)).containsExactly(new Payload(-1, ID));
    }

    @Test
    void goesOnInTheSameHistoryOrInARenamedOne() {
        assertThat(asked().line("+CONTINUE")).containsExactly(new Continue(""));
        assertThat(asked().line("+CONTINUE " + OTHER_ID)).containsExactly(new Continue(OTHER_ID));
    }

    @Test
    void triesAgainLaterWhereThePrimaryCantNow() {
        for (String line : List.of("-NOMASTERLINK no", "-LOADING yes")) {
            assertThat(asked().line(line)).containsExactly(new GiveUp(Event.TRY_LATER, line));
        }
    }

    @Test
    void fallsBackToSync() {
        Handshake handshake = asked();
        assertThat(handshake.line("-ERR unknown command"))
                .containsExactly(
                        new Note(Event.NO_PSYNC, "-ERR unknown command"),
                        new Say("SYNC"),
                        new LegacySync());
        assertThat(handshake.line("$5")).containsExactly(new Payload(5, ""));
    }

    @Test
    void nonsenseEndsIt() {
        assertThat(asked().line("+FULLRESYNC abc 1"))
                .containsExactly(new GiveUp(Event.BAD_FULLRESYNC, "+FULLRESYNC abc 1"));
        Handshake refused = asked();
        refused.line("+FULLRESYNC " + ID + " 1");
        assertThat(refused.line("-ERR no memory"))
                .containsExactly(new GiveUp(Event.PAYLOAD_REFUSED, "-ERR no memory"));
        Handshake strange = asked();
        strange.line("+FULLRESYNC " + ID + " 1");
        assertThat(strange.line("$-1"))
                .containsExactly(new GiveUp(Event.BAD_PAYLOAD_HEADER, "$-1"));
    }

    @Test
    void aPayloadOfNothingIsNone() {
        Handshake handshake = asked();
        handshake.line("+FULLRESYNC " + ID + " 1");
        assertThat(handshake.line("$0"))
                .containsExactly(new GiveUp(Event.BAD_PAYLOAD_HEADER, "$0"));
    }
}
