package io.carnelian.replication.replica;

/** The FAILOVER that made this server a replica, as far as the link is concerned. */
public interface Handover {
    /** There is none. */
    Handover NONE =
            new Handover() {
                @Override
                public boolean isUnderWay() {
                    return false;
                }

                @Override
                public void accepted() {}

                @Override
                public void rejected() {}
            };

    /** Whether whom we connect to is to become the primary by our asking. */
    boolean isUnderWay();

    /** It has become one. */
    void accepted();

    /** It will not. */
    void rejected();
}
